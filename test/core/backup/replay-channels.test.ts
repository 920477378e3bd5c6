import type { Context } from '../../../src/context';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { proveAudit } from '../../../src/core/revocations/prove-audit';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { MINUTE_MS } from '../../../src/lib/durations';
import type { Channel } from '../../../src/store/certificates';
import { aged, certificateOf, never, setPolicy, sweepAndClean, YEAR } from '../cleanup/scene';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { openContext } from '../../helpers/context';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';
import { crashAt } from '../revocations/crash-at';
import { dump, restore } from './dump';
import { exported, replay } from './replay-scene';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;
const scene = () => ({ ctx, company });

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterAll(() => close());

const WHO = ['some', 'all', 'last', 'none'].map((name) => `${name}@example.com`);
const [SOME, ALL, LAST] = WHO as [string, string, string];

async function optOut(email: string, channels?: Channel[]): Promise<void> {
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  const { revocation_id } = await revokeByIdentifiers({ ...by, identifiers: { email }, channels });
  await finishRevocation({ ctx, revocationId: revocation_id! });
}

/** Of one some channels, of one everything afterwards, of one the last. */
async function optOutAll(): Promise<void> {
  await optOut(SOME, ['call']);
  await optOut(ALL, ['text']);
  await optOut(ALL);
  await optOut(LAST, ['email', 'text']);
  await optOut(LAST, ['call']);
}

/** What certificates, what is remembered and the audit say of it. */
async function told() {
  const mine = { company_id: company.id };
  const { certificates, suppressions, audit, revocations } = collections(ctx);
  const flags = await certificates.find(mine).sort({ email_hash: 1 }).toArray();
  const remembered = await suppressions.find(mine).sort({ _id: 1 }).toArray();
  const revoked = { action: { $in: ['certificate.revoked', 'certificate.channels_revoked'] } };
  const entries = await audit
    .find({ ...mine, ...revoked } as object)
    .sort({ _id: 1 })
    .toArray();
  const requests = await revocations.find(mine).sort({ _id: 1 }).toArray();
  return {
    flags: flags.map(({ _id, opt_out: { reason: _, ...rest } }) => ({ _id, ...rest })),
    remembered: remembered.map(({ _id, channels, at, method }) => ({ _id, channels, at, method })),
    entries,
    requests: requests.map(({ _id, channels, requested_at }) => ({ _id, channels, requested_at })),
  };
}

const prove = () => {
  const now = new Date(ctx.now().getTime() + 2 * MINUTE_MS);
  return proveAudit({ ctx, signal: never, now });
};

test('a replay sets the same channels, by the same requests, with the same audit', async () => {
  for (const email of WHO) await makeCertificate(ctx, company, { email });
  const backup = await dump(ctx);
  await optOutAll();
  const before = await told();
  expect(before.entries.map(({ action }) => action).sort()).toEqual([
    ...Array<string>(3).fill('certificate.channels_revoked'),
    ...Array<string>(2).fill('certificate.revoked'),
  ]);
  const text = await exported(scene());
  await restore(ctx, backup);
  expect((await told()).remembered).toEqual([]);
  await expect(replay(crashAt(ctx, 'replay.flagged'), text)).rejects.toThrow('crash');
  await replay(ctx, text);
  expect(await told()).toEqual(before);
  expect(await prove()).toBe('done');
  expect(await replay(ctx, text)).toMatchObject({ revoked: 0, tombstones: 0, conflicts: [] });
  expect(await told()).toEqual(before);
});

test('what the backup lacks becomes tombstones that are opted out of the same', async () => {
  const backup = await dump(ctx);
  for (const email of WHO) await makeCertificate(ctx, company, { email });
  await optOutAll();
  const before = await told();
  const text = await exported(scene());
  await restore(ctx, backup);
  expect(await replay(ctx, text)).toMatchObject({ conflicts: [] });
  const after = await told();
  // Whoever opted out of nothing is in no export.
  expect(after).toEqual({ ...before, flags: before.flags.filter(({ requests }) => requests) });
  expect(await prove()).toBe('done');
});

test('what was cleaned up since keeps its channels, and a backup from before gets them', async () => {
  const { id } = await aged(scene(), 400, { email: SOME });
  const backup = await dump(ctx);
  await optOut(SOME, ['call', 'text']);
  await setPolicy(scene(), { action: 'delete', ...YEAR });
  await sweepAndClean(scene());
  const { opt_out, data } = await certificateOf(scene(), id);
  expect([data, opt_out.channels]).toEqual(['removed', ['call', 'text']]);
  const text = await exported(scene());
  await restore(ctx, backup);
  expect(await replay(ctx, text)).toMatchObject({ revoked: 1, tombstones: 0, conflicts: [] });
  expect(await ctx.store.certificates.find(company.id, id)).toMatchObject({
    data: 'full',
    opt_out: { revoke: false, channels: ['call', 'text'], requests: opt_out.requests },
  });
  expect(await prove()).toBe('done');
});
