import { getUserConsents } from '../../../src/core/consents/get-user-consents';
import { revokeUserConsents } from '../../../src/core/consents/revoke-user-consents';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';
import { makeSet, namedRevoked } from './scene';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
  company = await makeCompany(ctx);
});
afterAll(() => close());

test('more consents than a request can name go in parts, each consent in one audit entry', async () => {
  const types = Array.from({ length: 50 }, (_, i) => `type${String(i)}`);
  const SETS = 21;
  for (let i = 0; i < SETS; i++) await makeSet(ctx, company.id, { userId: 'many', types });
  const by = { ctx, region: 'default', companyId: company.id, caller: CALLER } as const;
  const { records, impact } = await revokeUserConsents({ ...by, userId: 'many', which: {} });
  expect(records).toHaveLength(SETS * 50);
  expect(impact).toEqual({ before: 'incomplete', after: 'incomplete' });
  const named = await namedRevoked(ctx, company.id);
  expect(Object.keys(named)).toHaveLength(SETS * 50);
  expect(Object.values(named).every((times) => times === 1)).toBe(true);
  const requests = await collections(ctx).consentRevocations.find().toArray();
  expect(requests.map(({ consent_ids }) => consent_ids.length).sort()).toEqual([50, 500, 500]);
  const { sets } = await getUserConsents({ ...by, userId: 'many' });
  expect(sets.flatMap(({ consents }) => consents).every((c) => c.status === 'revoked')).toBe(true);
});

test('a loop over what is granted misses none of the sets of a user with many', async () => {
  const SETS = 120;
  for (let i = 0; i < SETS; i++) {
    await makeSet(ctx, company.id, { userId: 'often', types: ['termsAndPrivacy'] });
  }
  const by = { ctx, region: 'default', companyId: company.id, caller: CALLER } as const;
  const { sets } = await getUserConsents({ ...by, userId: 'often' });
  expect(new Set(sets.map(({ id }) => id)).size).toBe(SETS);
  expect(sets.every(({ consents }) => consents.length === 1)).toBe(true);
});

test('look-ups of users and sets read no more than they return', async () => {
  const { consents } = collections(ctx);
  const filter = { company_id: company.id, 'set.user_id': 'user-x' };
  for (let i = 0; i < 3; i++) await makeSet(ctx, company.id, { userId: 'user-x' });
  const set = await makeSet(ctx, company.id, { userId: 'user-x' });
  const examined = async (query: Record<string, unknown>) => {
    const plan = await consents.find(query).explain('executionStats');
    return (plan as { executionStats: { totalDocsExamined: number } }).executionStats
      .totalDocsExamined;
  };
  expect(await examined(filter)).toBe(8);
  expect(await examined({ company_id: company.id, 'set.id': { $in: [set.id], $gt: '' } })).toBe(2);
  expect(await examined({ revocation_id: 'crv_none' })).toBe(0);
  // The way an export reads what 500 requests revoked: in index order, without a sort.
  const exporting = consents
    .find({ revocation_id: { $in: ['crv_none', 'crv_other'], $gt: '' } })
    .sort({ revocation_id: 1 });
  const steps = JSON.stringify((await exporting.explain('executionStats')).executionStats);
  expect(steps).toContain('given_revocation_id');
  expect(steps).not.toContain('"SORT"');
  const collection = collections(ctx).audit;
  const named = { company_id: company.id, consents: set.consents[0]!.consent_id };
  const plan = await collection.find(named).explain('executionStats');
  expect(
    (plan as { executionStats: { totalDocsExamined: number } }).executionStats.totalDocsExamined,
  ).toBe(1);
});
