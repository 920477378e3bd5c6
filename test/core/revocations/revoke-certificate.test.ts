import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';
import { crashAt } from './crash-at';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
  company = await makeCompany(ctx);
});

afterAll(() => close());

function revoke(certificateId: string, more: { ctx?: Context; operationId?: string } = {}) {
  return revokeCertificate({
    ctx,
    companyId: company.id,
    certificateId,
    method: 'dashboard',
    caller: CALLER,
    ...more,
  });
}

test('revokes once; a repeat gives the time and id of the first', async () => {
  const { id } = await makeCertificate(ctx, company);
  const first = await revoke(id);
  expect(first).toMatchObject({ revoked: 1, certificates: [id] });
  expect(first.revocation_id).toMatch(/^rev_/);
  expect(await revoke(id)).toEqual({ ...first, revoked: 0, certificates: [] });
});

test('of 50 requests at once one revokes, and the others get its time and id', async () => {
  const { id } = await makeCertificate(ctx, company);
  const results = await Promise.all(Array.from({ length: 50 }, () => revoke(id)));
  expect(results.filter(({ revoked }) => revoked === 1)).toHaveLength(1);
  expect(new Set(results.map(({ revocation_id }) => revocation_id)).size).toBe(1);
  expect(new Set(results.map(({ timestamp }) => timestamp.getTime())).size).toBe(1);
});

test('neither unknown certificates nor those of another company are found', async () => {
  const elsewhere = await makeCertificate(ctx, await makeCompany(ctx));
  await expect(revoke('EC-none')).rejects.toMatchObject({ code: 'certificate_not_found' });
  await expect(revoke(elsewhere.id)).rejects.toMatchObject({ code: 'certificate_not_found' });
});

test.each(['revocation.recorded', 'revocation.flagged', 'revocation.enqueueing'])(
  'after a crash at %s a repeat still says revoked: 1',
  async (step) => {
    const { id } = await makeCertificate(ctx, company);
    const operationId = `op_${id}`;
    await expect(revoke(id, { ctx: crashAt(ctx, step), operationId })).rejects.toThrow('crash');
    expect(await revoke(id, { operationId })).toMatchObject({ revoked: 1, certificates: [id] });
  },
);
