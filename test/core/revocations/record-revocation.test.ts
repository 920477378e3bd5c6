import type { Context } from '../../../src/context';
import { revocationId } from '../../../src/core/idempotency/operation-ids';
import { newRevocation } from '../../../src/core/revocations/new-revocation';
import { recordRevocation } from '../../../src/core/revocations/record-revocation';
import { openContext } from '../../helpers/context';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterAll(() => close());

const OPERATION = 'op_1';

function record(resolve: () => Promise<string[]>, operationId?: string, part = 0) {
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  return recordRevocation({ ...by, operationId, part, resolve });
}

/** What another try of the same operation writes down. */
function recordElsewhere(ids: string[]): Promise<void> {
  const operation = { companyId: company.id, operationId: OPERATION };
  return ctx.store.revocations.insert(
    newRevocation({
      _id: revocationId(operation, 0),
      company_id: company.id,
      method: 'api',
      ...CALLER,
      reason: null,
      certificate_ids: ids,
      requested_at: new Date(),
    }),
  );
}

const recorded = () => collections(ctx).revocations.countDocuments({ company_id: company.id });

test('a try that finds nothing left has the request of the try that was faster', async () => {
  const request = await record(async () => {
    await recordElsewhere(['EC-1']);
    return [];
  }, OPERATION);
  expect(request).toMatchObject({ certificate_ids: ['EC-1'], state: 'recorded' });
  expect(await recorded()).toBe(1);
});

test('so has one that finds something itself', async () => {
  const request = await record(async () => {
    if ((await recorded()) === 0) await recordElsewhere(['EC-1']);
    return ['EC-2'];
  }, OPERATION);
  expect(request?.certificate_ids).toEqual(['EC-1']);
  expect(await recorded()).toBe(1);
});

test('nothing is resolved again, nor recorded, once a request is there', async () => {
  await recordElsewhere(['EC-1']);
  const resolve = jest.fn<Promise<string[]>, []>();
  expect((await record(resolve, OPERATION))?.certificate_ids).toEqual(['EC-1']);
  expect(resolve).not.toHaveBeenCalled();
  // The next part of the same operation is another request.
  expect((await record(() => Promise.resolve(['EC-2']), OPERATION, 1))?.certificate_ids).toEqual([
    'EC-2',
  ]);
  expect(await recorded()).toBe(2);
});

test('where nothing is found nothing is recorded', async () => {
  expect(await record(() => Promise.resolve([]), OPERATION)).toBeNull();
  expect(await record(() => Promise.resolve([]))).toBeNull();
  expect(await recorded()).toBe(0);
});

test('requests that nobody can repeat are one each', async () => {
  const [one, other] = [
    await record(() => Promise.resolve(['EC-1'])),
    await record(() => Promise.resolve(['EC-1'])),
  ];
  expect(one?._id).not.toBe(other?._id);
  expect(one).toMatchObject({ reason: null, actor: CALLER.actor, ip: CALLER.ip, method: 'api' });
});
