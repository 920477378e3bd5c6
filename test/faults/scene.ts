import { randomBytes } from 'node:crypto';
import { readConfig } from '../../src/config';
import type { Context } from '../../src/context';
import { openContext } from '../helpers/context';
import { collections } from '../helpers/collections';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import type { Reply } from '../helpers/service';
import { testEnvironment } from '../helpers/settings';
import { until } from '../helpers/until';
import { killAll, startWorker, type Web } from './processes';
import { walletOf } from '../helpers/wallet';
import { ensureIndexes } from '../helpers/indexes';

/** Other runs share the machine, so that anything may take long. */
export const LONG_MS = 60_000;

/** A database and key prefix of its own, the processes' settings, and a look from outside. */
export interface Scene {
  env: Record<string, string>;
  ctx: Context;
  company: TestCompany;
  close: () => Promise<void>;
}

/** Opens a scene; `more` goes to its processes too. */
export async function openScene(more: Record<string, string> = {}): Promise<Scene> {
  const env = testEnvironment({ TRUST_PROXY: '1', ...more });
  const { ctx, close } = await openContext(readConfig(env), 'script');
  await ensureIndexes(ctx);
  const company = await makeCompany(ctx);
  return {
    env,
    ctx,
    company,
    close: async () => {
      await killAll();
      await close();
    },
  };
}

/** Makes certificates of one person: one by registration, the others as copies of it. */
export async function makeCertificates(
  { ctx, company }: Scene,
  count: number,
  email = `${randomBytes(6).toString('hex')}@example.com`,
): Promise<{ email: string; ids: string[] }> {
  const { id } = await makeCertificate(ctx, company, { email });
  const collection = collections(ctx).certificates;
  const original = await collection.findOne({ _id: id });
  const copies = Array.from({ length: count - 1 }, (_, i) => ({
    ...original!,
    _id: `${id}-copy-${String(i)}`,
    session_id: `${original!.session_id}-copy-${String(i)}`,
  }));
  if (copies.length > 0) await collection.insertMany(copies);
  return { email, ids: [id, ...copies.map(({ _id }) => _id)] };
}

/** The email of person number `person`. */
export const emailOf = (person: number): string => `person-${String(person)}@example.com`;

/** Makes a certificate for each of so many people: the first is registered, the others are copies of it. */
export async function makePeople({ ctx, company }: Scene, count: number): Promise<string[]> {
  const { id } = await makeCertificate(ctx, company, { email: emailOf(0) });
  const collection = collections(ctx).certificates;
  const original = await collection.findOne({ _id: id });
  const copies = Array.from({ length: count - 1 }, (_, i) => ({
    ...original!,
    _id: `${id}-${String(i + 1)}`,
    session_id: `person-${String(i + 1)}`,
    email_hash: ctx.identifiers.ofPerson('email', emailOf(i + 1)),
  }));
  await collection.insertMany(copies);
  return [id, ...copies.map(({ _id }) => _id)];
}

/** Lets a worker kill itself as soon as it gets to `step`. */
export async function dieAt({ env }: Scene, step: string): Promise<void> {
  const worker = await startWorker({ ...env, CRASH_POINT: step });
  expect(await worker.exited).toBe('signal SIGKILL');
}

let lastIp = 0;

/** An address from which nobody has called yet, as the proxy would say. */
export function freshIp(): string {
  lastIp += 1;
  return `198.51.${String(lastIp >> 8)}.${String(lastIp & 255)}`;
}

export function optOut(
  web: Web,
  { company }: Scene,
  named: { certificate_id?: string; email?: string },
  ip = freshIp(),
): Promise<Reply> {
  const headers = { 'x-forwarded-for': ip };
  return web.post('/opt-out', { company_id: company.id, ...named }, { headers });
}

export function check(web: Web, { company }: Scene, certificateId: string): Promise<Reply> {
  const body = { ...company.ids, certificate_id: certificateId, consent: CONSENT };
  return web.post('/verify/match', body);
}

/** Sends a file of opt-outs. */
export async function sendFile(
  at: Web,
  token: string,
  file: string,
  more: Record<string, string> = {},
): Promise<Reply> {
  const form = new FormData();
  form.set('file', new Blob([file]), 'suppressions.csv');
  const headers = { authorization: `Bearer ${token}`, ...more };
  const answer = await fetch(`${at.url}/revocations/csv`, { method: 'POST', headers, body: form });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

/** The same for one that is accepted; returns its batch. */
export async function upload(at: Web, token: string, file: string): Promise<string> {
  const { status, body } = await sendFile(at, token, file);
  expect(status).toBe(202);
  return (body as { batch_id: string }).batch_id;
}

export function retain(web: Web, { company }: Scene, sessionId: string): Promise<Reply> {
  const { property_id } = company.ids;
  return web.post(`/verify/session/${company.id}`, { property_id, session_id: sessionId });
}

/** Waits until no revocation and no retention has anything left to be done. */
export async function allFinished({ ctx: { store } }: Scene): Promise<void> {
  const nothingPending = async () =>
    (await store.revocations.oldestPendingAt()) === null &&
    (await store.retentions.oldestPendingAt()) === null;
  await until('everything recorded is finished', nothingPending, LONG_MS);
}

/** Exactly these are revoked, each by a completed request, and named in exactly one audit entry. */
export async function expectRevokedOnce({ ctx, company }: Scene, ids: string[]): Promise<void> {
  const { certificates, audit, revocations } = collections(ctx);
  const mine = { company_id: company.id };
  const revoked = await certificates.find({ ...mine, 'opt_out.revoke': true }).toArray();
  expect(revoked.map(({ _id }) => _id).sort()).toEqual([...ids].sort());
  const entries = await audit.find({ ...mine, action: 'certificate.revoked' }).toArray();
  expect(entries.flatMap((entry) => entry.certificates).sort()).toEqual([...ids].sort());
  const winners = new Set(revoked.map(({ opt_out }) => opt_out.revocation_id));
  const completed = await revocations.find({ ...mine, state: 'completed' }).toArray();
  expect(new Set(completed.map(({ _id }) => _id))).toEqual(winners);
  expect(await revocations.countDocuments({ ...mine, state: 'recorded' })).toBe(0);
}

/** The wallet is the sum of its lines, nothing is reserved, and so much has been spent on what. */
export async function expectSpent(
  { ctx, company }: Scene,
  spent: Record<string, { lines: number; amount_microusd: number }>,
): Promise<void> {
  const { ledger } = ctx.store;
  const wallet = await walletOf(ctx, company.id);
  expect(wallet?.balance_microusd).toBe(await ledger.sum(company.id, null));
  expect(wallet?.reserved_microusd).toBe(0);
  const kinds = await ledger.sumByKind(company.id, new Date(0), new Date(Date.now() + LONG_MS));
  const charges = kinds.filter(({ _id }) => _id !== 'top_up');
  const found = charges.map(({ _id, lines, amount_microusd }) => [_id, { lines, amount_microusd }]);
  expect(Object.fromEntries(found)).toEqual(spent);
}
