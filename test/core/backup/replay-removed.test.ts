import type { Context } from '../../../src/context';
import { removedId } from '../../../src/core/identifiers/removed-ids';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { proveAudit } from '../../../src/core/revocations/prove-audit';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { aged, never, setPolicy, sweepAndClean, YEAR } from '../cleanup/scene';
import { CALLER, CONSENT, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { type Dump, dump, restore } from './dump';
import { exported, replay } from './replay-scene';

let service: Service;
let ctx: Context;
let company: TestCompany;
const scene = () => ({ ctx, company });

beforeAll(async () => {
  service = await startService();
  ({ ctx } = service);
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(ctx);
});

async function revoke(certificateId: string): Promise<void> {
  const own = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  const { revocation_id } = await revokeCertificate({ ...own, certificateId, reason: 'asked' });
  await finishRevocation({ ctx, revocationId: revocation_id! });
}

async function remove(): Promise<void> {
  await setPolicy(scene(), { action: 'delete', ...YEAR });
  await sweepAndClean(scene());
}

async function check(id: string): Promise<number> {
  const body = { ...company.ids, certificate_id: id, consent: CONSENT };
  return (await service.post('/verify/match', body)).status;
}

const documents = (copies: Dump, name: string) => copies.get(name) ?? [];
const prove = () => proveAudit({ ctx, signal: never, now: new Date(Date.now() + 120_000) });

test('what was revoked and removed after the backup is revoked again, under its own id', async () => {
  const { id } = await aged(scene(), 400);
  const backup = await dump(ctx);
  await revoke(id);
  await remove();
  const text = await exported(scene());
  expect(text).not.toContain(id);
  await restore(ctx, backup);
  expect(await check(id)).toBe(200);
  expect(await replay(ctx, text)).toMatchObject({ revoked: 1, tombstones: 0, conflicts: [] });
  expect(await check(id)).toBe(403);
  expect(await ctx.store.certificates.find(company.id, id)).toMatchObject({ data: 'full' });
  expect(await prove()).toBe('done');
  expect(await replay(ctx, text)).toMatchObject({ revoked: 0, already_revoked: 1 });
});

test('what the backup lacks becomes a tombstone, refused by the old id and for its session', async () => {
  const backup = await dump(ctx);
  const { id, sessionId } = await aged(scene(), 400);
  await revoke(id);
  await remove();
  const text = await exported(scene());
  await restore(ctx, backup);
  expect(await check(id)).toBe(404);
  expect(await replay(ctx, text)).toMatchObject({ revoked: 0, tombstones: 1, conflicts: [] });
  expect(await check(id)).toBe(403);
  const reply = await service.post(
    '/certificates',
    {
      property_id: company.propertyId,
      session_id: sessionId,
      origin: 'https://example.com/signup',
      consents: [{ type: 'tcpa', text: CONSENT }],
    },
    { token: company.token },
  );
  expect(reply.status).toBe(403);
  expect(await prove()).toBe('done');
});

test('an export from before the removal brings no id back', async () => {
  const { id, sessionId } = await aged(scene(), 400);
  await revoke(id);
  const text = await exported(scene());
  expect(text).toContain(id);
  await remove();
  const before = await dump(ctx);
  expect(await replay(ctx, text)).toMatchObject({
    revoked: 0,
    tombstones: 0,
    already_revoked: 1,
    conflicts: [],
  });
  const after = await dump(ctx);
  for (const name of ['certificates', 'revocations', 'audit_entries']) {
    expect(documents(after, name)).toEqual(documents(before, name));
  }
  expect(JSON.stringify([...after])).not.toContain(sessionId);
});

test('an export revokes what was removed unrevoked', async () => {
  const { id } = await aged(scene(), 400);
  const whole = await dump(ctx);
  await revoke(id);
  const text = await exported(scene());
  await restore(ctx, whole);
  await remove();
  expect(await check(id)).toBe(404);
  expect(await replay(ctx, text)).toMatchObject({ revoked: 1, tombstones: 0 });
  expect(await check(id)).toBe(403);
  expect(await ctx.store.certificates.find(company.id, removedId({ ctx, id }))).toMatchObject({
    opt_out: { revoke: true },
  });
});
