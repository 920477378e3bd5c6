import { operatorClient, wrongFields as paths } from '../../helpers/operator';
import { type Service, startService } from '../../helpers/service';
import { falsifyWallet } from '../../helpers/wallet';

let service: Service;
let companyId: string;
let base: string;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  const reply = await operator('POST', '/companies', { name: 'Example Corp' });
  companyId = reply.body.company_id;
  base = `/companies/${companyId}`;
});

const operator = operatorClient(() => service);
const topUp = (amount_usd: unknown, headers = {}) =>
  operator('POST', `${base}/wallet/top-ups`, { amount_usd }, headers);

describe('top-ups', () => {
  test('reads dollars exactly', async () => {
    let sum = 0;
    for (const [text, microusd] of [
      ['25.00', 25_000_000],
      ['0.1', 100_000],
      ['0.000001', 1],
      ['1.15', 1_150_000],
      ['999999.999999', 999_999_999_999],
      ['1000000.00', 1_000_000_000_000],
    ] as const) {
      sum += microusd;
      const reply = await topUp(text);
      expect(reply.status).toBe(201);
      expect(reply.body).toEqual({ entry_id: expect.any(String), balance_microusd: sum });
    }
    const wallet = await operator('GET', `${base}/wallet`);
    expect(wallet.status).toBe(200);
    expect(wallet.body).toEqual({
      balance_microusd: sum,
      reserved_microusd: 0,
      entries_sum_microusd: sum,
    });
  });

  test.each(['0', '0.00', '-1', '1.0000001', '1000000.01', '1e3', ' 1', '1,5', '', 25, null])(
    'refuses %j, naming the field',
    async (amount) => {
      const reply = await topUp(amount);
      expect(reply.status).toBe(400);
      expect(paths(reply)).toEqual(['amount_usd']);
    },
  );

  test('adds money once under one Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'top-up' };
    const replies = await Promise.all(Array.from({ length: 10 }, () => topUp('5.00', key)));
    const others = replies.filter(({ status }) => status !== 201 && status !== 409);
    expect(others).toEqual([]);
    const last = await topUp('5.00', key);
    expect(last.status).toBe(201);
    expect(last.body.balance_microusd).toBe(5_000_000);
    expect((await topUp('6.00', key)).status).toBe(422);
    const { body } = await operator('GET', `${base}/wallet`);
    expect(body).toMatchObject({ balance_microusd: 5_000_000, entries_sum_microusd: 5_000_000 });
  });

  test('sums up the lines, whatever the balance says', async () => {
    await topUp('5.00');
    await falsifyWallet(service.ctx, companyId, { balance_microusd: 7 });
    const { body } = await operator('GET', `${base}/wallet`);
    expect(body).toMatchObject({ balance_microusd: 5_000_007, entries_sum_microusd: 5_000_000 });
  });

  test('answers 404 for an unknown company', async () => {
    const paid = await operator('POST', '/companies/nobody/wallet/top-ups', { amount_usd: '1' });
    expect(paid.status).toBe(404);
    expect((await operator('GET', '/companies/nobody/wallet')).status).toBe(404);
  });
});

describe('legal holds', () => {
  const put = (body: unknown) => operator('PUT', `${base}/legal-hold`, body);
  const lift = (body: unknown, headers = {}) =>
    operator('DELETE', `${base}/legal-hold`, body, headers);
  const list = async () => (await operator('GET', `${base}/legal-holds`)).body.legal_holds;
  const trail = async () => {
    const { items } = await service.ctx.store.audit.list(companyId, {}, { limit: 100 });
    const holds = items.filter(({ action }) => action.startsWith('legal_hold.'));
    return holds.map(({ action, reason, certificates }) => ({ action, reason, certificates }));
  };

  test.each([[{ user_id: 'user-1' }], [{ certificate_id: 'EC-1' }], [{ all: true }]])(
    'places, replaces and lifts %j',
    async (subject) => {
      const placed = await put({ ...subject, reason: 'Case 1' });
      expect(placed.status).toBe(200);
      expect(placed.body).toEqual({ ...subject, reason: 'Case 1', placed_at: expect.any(String) });
      expect((await put({ ...subject, reason: 'Case 1' })).body).toEqual(placed.body);
      const replaced = await put({ ...subject, reason: 'Case 2' });
      expect(replaced.body).toEqual({ ...placed.body, reason: 'Case 2' });
      expect(await list()).toEqual([replaced.body]);

      expect((await lift(subject)).status).toBe(204);
      expect(await list()).toEqual([]);
      expect((await lift(subject)).body).toEqual({ status: 404, error: 'Legal hold not found' });
      const certificates = 'certificate_id' in subject ? ['EC-1'] : [];
      expect(await trail()).toEqual([
        { action: 'legal_hold.lifted', reason: null, certificates },
        { action: 'legal_hold.placed', reason: 'Case 2', certificates },
        { action: 'legal_hold.placed', reason: 'Case 1', certificates },
      ]);
    },
  );

  test('places one when asked many times simultaneously', async () => {
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, i) => put({ all: true, reason: `Case ${i}` })),
    );
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([200]));
    expect(await list()).toHaveLength(1);
  });

  test('lifts once under one Idempotency-Key', async () => {
    await put({ all: true, reason: 'Case' });
    const key = { 'idempotency-key': 'lift' };
    expect((await lift({ all: true, reason: 'Closed' }, key)).status).toBe(204);
    await put({ all: true, reason: 'Another case' });
    const again = await lift({ all: true, reason: 'Closed' }, key);
    expect(again.status).toBe(204);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await list()).toHaveLength(1);
  });

  test('refuses anything but one subject, and a PUT without a reason', async () => {
    for (const body of [
      { reason: 'x' },
      { user_id: 'a', all: true, reason: 'x' },
      { user_id: 'a', certificate_id: 'b', reason: 'x' },
    ]) {
      const reply = await put(body);
      expect(reply.status).toBe(400);
      expect(paths(reply)).toEqual(['body']);
    }
    expect(paths(await put({ all: true }))).toEqual(['reason']);
    expect(paths(await put({ all: false, reason: 'x' }))).toEqual(['all']);
    expect((await lift({})).status).toBe(400);
    expect((await lift(undefined)).status).toBe(400);
  });

  test('answers 404 for an unknown company', async () => {
    const path = '/companies/nobody/legal-hold';
    expect((await operator('PUT', path, { all: true, reason: 'x' })).status).toBe(404);
    expect((await operator('DELETE', path, { all: true })).status).toBe(404);
    expect((await operator('GET', `${path}s`)).status).toBe(404);
  });
});
