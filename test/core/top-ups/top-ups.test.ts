import { approveTopUp } from '../../../src/core/top-ups/approve-top-up';
import { cancelTopUp, declineTopUp } from '../../../src/core/top-ups/end-top-up';
import { listTopUps, listWaitingTopUps } from '../../../src/core/top-ups/list-top-ups';
import { MAX_WAITING_TOP_UPS, requestTopUp } from '../../../src/core/top-ups/request-top-up';
import type { Caller, Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import type { AppError } from '../../../src/errors';
import { newId } from '../../../src/lib/random-ids';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';
import { movementsOf, walletOf } from '../../helpers/wallet';

const USER: Caller = { actor: { type: 'user', id: 'usr_a' }, ip: '192.0.2.1' };
const OPERATOR: Caller = { actor: { type: 'operator', id: null }, ip: '192.0.2.2' };
const USD = 1_000_000;

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;
beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx, { balanceMicrousd: 0 });
});
afterAll(() => close());

const ask = (usd = 250, operationId = newId('op')) =>
  requestTopUp({
    ctx,
    companyId: company.id,
    amountMicrousd: Math.round(usd * USD),
    operationId,
    caller: USER,
  });
const asked = async (usd = 250) => (await ask(usd)).request_id;
const approve = (requestId: string) => approveTopUp({ ctx, requestId, caller: OPERATOR });
const cancel = (requestId: string, companyId = company.id) =>
  cancelTopUp({ ctx, companyId, requestId, caller: USER });
const decline = (requestId: string, reason = 'Your invoice is not paid.') =>
  declineTopUp({ ctx, requestId, reason, caller: OPERATOR });
const balance = async () => (await walletOf(ctx, company.id))?.balance_microusd;
const stateOf = async (id: string) => {
  const { waiting, decided } = await listTopUps({ ctx, companyId: company.id });
  return [...waiting, ...decided].find(({ request_id }) => request_id === id);
};
async function audited(): Promise<[string, string, string | null][]> {
  const { items } = await ctx.store.audit.list(company.id, {}, { limit: 50 });
  return items
    .filter(({ action }) => action.startsWith('wallet.'))
    .map(({ action, actor, reason }) => [action, actor.type, reason] as [string, string, null])
    .reverse();
}

test('waits for the operator, and is money once they approve', async () => {
  const request = await ask();
  expect([request.state, request.amount_microusd, request.pay_url]).toEqual([
    'requested',
    250 * USD,
    null,
  ]);
  expect(await balance()).toBe(0);
  expect(await listWaitingTopUps({ ctx })).toContainEqual(
    expect.objectContaining({ request_id: request.request_id, company_name: 'Example Corp' }),
  );
  await approve(request.request_id);
  expect(await balance()).toBe(250 * USD);
  expect(await stateOf(request.request_id)).toMatchObject({
    state: 'approved',
    requested_by: 'user:usr_a',
    decided_by: 'operator',
    decided_at: expect.any(Date),
  });
  expect(await audited()).toEqual([
    ['wallet.top_up_requested', 'user', '$250.00'],
    ['wallet.topped_up', 'operator', '$250.00'],
  ]);
});

test('approved twice, and by two operators at once, it is one line', async () => {
  const id = await asked();
  const results = await Promise.all([approve(id), approve(id), approve(id)]);
  results.push(await approve(id));
  expect(new Set(results.map(({ entry_id }) => entry_id)).size).toBe(1);
  expect(await balance()).toBe(250 * USD);
  expect(await movementsOf(ctx, company.id)).toHaveLength(1);
  expect(await audited()).toHaveLength(2);
});

test('a form sent twice asks once, and another amount under it is refused', async () => {
  const operationId = newId('op');
  const [first, second] = await Promise.all([ask(5, operationId), ask(5, operationId)]);
  expect(second.request_id).toBe(first.request_id);
  await approve(first.request_id);
  expect((await ask(5, operationId)).state).toBe('approved');
  await expect(ask(6, operationId)).rejects.toMatchObject({ code: 'idempotency_mismatch' });
  expect(await balance()).toBe(5 * USD);
});

test('declined with a reason, which the company sees, it is no money and cannot be approved', async () => {
  const id = await asked();
  await expect(decline(id, ' ')).rejects.toMatchObject({
    code: 'invalid_request',
    extra: { details: [{ path: 'reason' }] },
  });
  await decline(id);
  await decline(id, 'said twice');
  expect(await stateOf(id)).toMatchObject({
    state: 'declined',
    reason: 'Your invoice is not paid.',
  });
  await expect(approve(id)).rejects.toMatchObject({ code: 'top_up_decided' });
  await expect(cancel(id)).rejects.toMatchObject({ code: 'top_up_decided' });
  expect(await balance()).toBe(0);
  expect((await audited()).at(-1)).toEqual([
    'wallet.top_up_declined',
    'operator',
    '$250.00: Your invoice is not paid.',
  ]);
});

test('the company cancels what waits; of a race with the operator one wins', async () => {
  const id = await asked();
  const other = await makeCompany(ctx);
  await expect(cancel(id, other.id)).rejects.toMatchObject({ code: 'top_up_not_found' });
  await cancel(id);
  await cancel(id);
  expect(await stateOf(id)).toMatchObject({ state: 'cancelled' });
  await expect(approve(id)).rejects.toMatchObject({ code: 'top_up_decided' });
  const raced = await asked(3);
  await Promise.allSettled([approve(raced), cancel(raced)]);
  const state = (await stateOf(raced))?.state;
  expect(await balance()).toBe(state === 'approved' ? 3 * USD : 0);
  await expect(approve('tur_unknown')).rejects.toMatchObject({ code: 'top_up_not_found' });
});

test.each([
  [0.99, 'must be at least 1.00'],
  [-5, 'must be at least 1.00'],
  [100_000.01, 'must be at most 100,000.00'],
  [Number.NaN, 'must be at least 1.00'],
])('refuses $%s', async (usd, message) => {
  const error: unknown = await ask(usd).catch((thrown: unknown) => thrown);
  expect((error as AppError).extra.details).toEqual([{ path: 'amount_usd', message }]);
});

test('takes the bounds themselves, and only so many at a time', async () => {
  await ask(100_000);
  for (let n = 1; n < MAX_WAITING_TOP_UPS; n++) await ask(1);
  await expect(ask(1)).rejects.toMatchObject({ code: 'top_ups_waiting', status: 409 });
  const { waiting } = await listTopUps({ ctx, companyId: company.id });
  expect(waiting).toHaveLength(MAX_WAITING_TOP_UPS);
  await cancel(waiting[0]!.request_id);
  await ask(1);
});

test('in the demo nobody pays: it is approved at once', async () => {
  const demo = Object.create(ctx, { config: { value: { ...ctx.config, demo: true } } }) as Context;
  const operationId = newId('op');
  const by = { ctx: demo, companyId: company.id, operationId, caller: USER };
  for (let i = 0; i < 2; i++) {
    const request = await requestTopUp({ ...by, amountMicrousd: 20 * USD });
    expect(request.state).toBe('approved');
  }
  expect(await balance()).toBe(20 * USD);
});
