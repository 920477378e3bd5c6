import { runCleanup } from '../../../src/core/cleanup/run-cleanup';
import { sweepDue } from '../../../src/core/cleanup/sweep-due';
import { removedId } from '../../../src/core/identifiers/removed-ids';
import { updateCompany } from '../../../src/core/companies/update-company';
import type { Config } from '../../../src/config';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import type { Certificate } from '../../../src/store/certificates';
import type { Cleanup } from '../../../src/store/cleanups';
import type { CleanupPolicy } from '../../../src/store/companies';
import { collections } from '../../helpers/collections';
import { DAY_MS } from '../../../src/lib/durations';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

export const EVENTS = { clicks: [{ at: 1, on: 'submit' }] };
/** A signal that is never aborted. */
export const never = new AbortController().signal;

/** What the tests of clean-ups work with. */
export interface Scene {
  ctx: Context;
  company: TestCompany;
}

/** Recordings are due after three months, certificates after a year. */
export const YEAR = { session_days: 90, certificate_days: 365 };
export const PERSON = { email: 'jo@example.com', mobile: '+14155550100' };

/**
 * Gives each test of a file a company of its own.
 * @param opened receives what the next test works with
 * @param action of the company's policy; if left out, nothing is ever cleaned
 */
export function withCompanies(
  opened: (scene: Scene) => void,
  action: CleanupPolicy['action'] = 'keep',
  config: Config = testConfig(),
): void {
  let ctx: Context;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ ctx, close } = await openContext(config, 'worker'));
    await ensureIndexes(ctx);
  });
  beforeEach(async () => {
    const scene = { ctx, company: await makeCompany(ctx) };
    if (action !== 'keep') await setPolicy(scene, { action, ...YEAR });
    opened(scene);
  });
  afterAll(() => close());
}

export async function setPolicy(
  { ctx, company }: Scene,
  retention: Partial<CleanupPolicy>,
): Promise<void> {
  await updateCompany({ ctx, companyId: company.id, caller: CALLER, input: { retention } });
}

/** A certificate with a recording, as if it had been captured `days` ago. */
export async function aged(
  { ctx, company }: Scene,
  days: number,
  input: Parameters<typeof makeCertificate>[2] = {},
): Promise<{ id: string; sessionId: string }> {
  const made = await makeCertificate(ctx, company, { events: EVENTS, ...input });
  const at = new Date(Date.now() - days * DAY_MS);
  const { certificates, recordings } = collections(ctx);
  await certificates.updateOne({ _id: made.id }, { $set: { created_at: at } });
  await recordings.updateOne({ _id: made.id }, { $set: { recorded_at: at } });
  return made;
}

export function sweep({ ctx }: Scene): Promise<string> {
  return sweepDue({ ctx, signal: never, now: new Date() });
}

/** Runs a clean-up that has been recorded. */
export function cleanUp(ctx: Context, { _id }: Cleanup): Promise<string> {
  return runCleanup({ ctx, cleanupId: _id, signal: never });
}

/** The clean-ups of the company, oldest first. */
export function cleanupsOf({ ctx, company }: Scene): Promise<Cleanup[]> {
  const { cleanups } = collections(ctx);
  return cleanups.find({ company_id: company.id }).sort({ requested_at: 1 }).toArray();
}

/** The only clean-up of the company. */
export async function theCleanup(scene: Scene): Promise<Cleanup> {
  const found = await cleanupsOf(scene);
  expect(found).toHaveLength(1);
  return found[0]!;
}

/** Sweeps, then runs the company's clean-ups. */
export async function sweepAndClean(scene: Scene): Promise<void> {
  await sweep(scene);
  for (const cleanup of await cleanupsOf(scene)) await cleanUp(scene.ctx, cleanup);
}

/** A certificate, or what a clean-up has left of it. */
export async function certificateOf({ ctx, company }: Scene, id: string): Promise<Certificate> {
  const { certificates } = ctx.store;
  const removed = removedId({ ctx, id });
  const found =
    (await certificates.find(company.id, id)) ?? (await certificates.find(company.id, removed));
  if (!found) throw new Error('the certificate does not exist');
  return found;
}

export async function hasRecording({ ctx }: Scene, id: string): Promise<boolean> {
  return (await ctx.store.recordings.find(id)) !== null;
}

/** What remains of a certificate: its `data`, and its recording if it still exists. */
export async function remains(scene: Scene, id: string): Promise<string> {
  const { data } = await certificateOf(scene, id);
  return (await hasRecording(scene, id)) ? `${data}, recording` : data;
}

/** What the audit calls certificates once they are removed, in order. */
export function asRemoved({ ctx }: Scene, ids: string[]): string[] {
  return ids.map((id) => removedId({ ctx, id })).sort();
}

/** Ids of the certificates that the audit names under an action, in order. */
export async function named({ ctx, company }: Scene, action: string): Promise<string[]> {
  const { items } = await ctx.store.audit.list(company.id, { action }, { limit: 100 });
  return items.flatMap((entry) => entry.certificates).sort();
}

export function revoke({ ctx, company }: Scene, certificateId: string) {
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  return revokeCertificate({ ...by, certificateId });
}
