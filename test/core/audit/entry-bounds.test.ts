import { recordChange } from '../../../src/core/audit/record-change';
import { consentEntry } from '../../../src/core/consents/consent-entry';
import { revocationEntry } from '../../../src/core/revocations/revocation-entry';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import type { Revocation } from '../../../src/store/revocations';
import { CALLER } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

const ids = (count: number) => Array.from({ length: count }, (_, i) => `id-${i}`);

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
afterAll(() => close());

const change = (names: { certificates?: string[]; consents?: string[] }) =>
  ctx.store.transaction((session) =>
    recordChange({
      ctx,
      session,
      companyId: 'company',
      action: 'company.updated',
      caller: CALLER,
      ...names,
    }),
  );

test('the entry for a change names up to 1,000 certificates, or as many consents', async () => {
  await change({ certificates: ids(1_000) });
  await change({ consents: ids(1_000) });
  await expect(change({ certificates: ids(1_001) })).rejects.toThrow(RangeError);
  await expect(change({ consents: ids(1_001) })).rejects.toThrow(RangeError);
  const { items } = await ctx.store.audit.list('company', {}, { limit: 10 });
  expect(items).toHaveLength(2);
});

test('the entry for a revocation names up to 1,000 certificates', () => {
  const revocation: Revocation = {
    _id: 'rev_1',
    company_id: 'company',
    method: 'api',
    ...CALLER,
    reason: null,
    certificate_ids: [],
    requested_at: new Date(),
    state: 'flagged',
    flags_committed_at: null,
    completed_at: null,
    enqueued_at: null,
    batch_id: null,
    rows: null,
  };
  expect(revocationEntry(revocation, 0, ids(1_000)).certificates).toHaveLength(1_000);
  expect(() => revocationEntry(revocation, 0, ids(1_001))).toThrow(RangeError);
});

test('the entry for consents names up to 1,000', () => {
  const entry = (consents: string[]) =>
    consentEntry({
      entryId: 'entry',
      companyId: 'company',
      action: 'consent.revoked',
      caller: CALLER,
      consents,
      at: new Date(),
    });
  expect(entry(ids(1_000)).consents).toHaveLength(1_000);
  expect(() => entry(ids(1_001))).toThrow(RangeError);
});
