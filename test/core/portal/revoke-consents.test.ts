import { openContext } from '../../helpers/context';
import type { Context } from '../../../src/context';
import { findConsents } from '../../../src/core/portal/find-consents';
import { revokeConsents } from '../../../src/core/portal/revoke-consents';
import { flagRevocation } from '../../../src/core/revocations/flag-revocation';
import { collections } from '../../helpers/collections';
import { makeCertificate, makeCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';
import { makeConsent } from '../consents/scene';
import { crashAt } from '../revocations/crash-at';

/** More than are worked on at the same time. */
const COMPANIES = 6;

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
afterAll(() => close());

const person = (value: string) => ({ kind: 'email', value }) as const;

test('a request that dies at its first flag is written down for every company', async () => {
  const email = 'everywhere@example.com';
  const companies = await Promise.all(Array.from({ length: COMPANIES }, () => makeCompany(ctx)));
  for (const company of companies) await makeCertificate(ctx, company, { email });
  const dying = revokeConsents({
    ctx: crashAt(ctx, 'revocation.recorded'),
    identifier: person(email),
    scope: { kind: 'all' },
    requestId: 'request-1',
    via: 'portal',
    ip: '192.0.2.1',
    gpc: false,
  });
  await expect(dying).rejects.toThrow('crash');
  const { revocations, certificates } = collections(ctx);
  const written = await revocations.find().toArray();
  expect(written.map(({ company_id }) => company_id).sort()).toEqual(
    companies.map(({ id }) => id).sort(),
  );
  // As the reconciler does it.
  for (const { _id } of written) await flagRevocation({ ctx, revocationId: _id });
  expect(await certificates.countDocuments({ 'opt_out.revoke': true })).toBe(COMPANIES);
});

test('a company that is asked about is counted apart from all others', async () => {
  const email = 'two@example.com';
  const asked = await makeCompany(ctx);
  const other = await makeCompany(ctx);
  await makeCertificate(ctx, asked, { email });
  for (let i = 0; i < 2; i++) await makeCertificate(ctx, other, { email });
  await makeConsent(ctx, asked.id, { subject: { email, mobile: null, ref: null } });
  await makeConsent(ctx, other.id, { subject: { email, mobile: null, ref: null } });
  const counts = async (companyId: string | null) => {
    const { named, others, active } = await findConsents({
      ctx,
      identifier: person(email),
      companyId,
    });
    return [active, named, others].map((one) =>
      typeof one === 'number' ? one : one.reduce((sum, { count }) => sum + count, 0),
    );
  };
  expect(await counts(asked.id)).toEqual([5, 2, 3]);
  expect(await counts(other.id)).toEqual([5, 3, 2]);
  expect(await counts(null)).toEqual([5, 0, 5]);
});
