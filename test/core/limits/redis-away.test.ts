import { LOOK_AGAIN_AFTER_MS } from '../../../src/core/limits/shared-windows';
import { DAY_MS, MINUTE_MS } from '../../../src/lib/durations';
import { type LimitsScene, openLimits, tally } from '../../http/limits-scene';
import { layWire, type Wire } from '../../http/wire';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';

const COMMAND_TIMEOUT_MS = 250;

let wire: Wire;
let scene: LimitsScene;
let { service, clock, limited, wallet } = {} as LimitsScene;

beforeAll(async () => {
  const config = testConfig();
  wire = await layWire(config.redisUrl);
  scene = await openLimits({ ...config, redisUrl: wire.url }, undefined, COMMAND_TIMEOUT_MS);
  ({ service, clock, limited, wallet } = scene);
});
afterAll(async () => {
  await scene.close();
  await wire.close();
});
beforeEach(async () => {
  await wire.mend();
  await asksAgain();
});

/** Waits until Redis counts a call in time; otherwise the next ones would not be counted there. */
async function asksAgain(): Promise<void> {
  const { redis } = service.ctx.queues;
  const company = await limited({ account_per_day: 1_000_000 });
  await until('Redis counts again', async () => {
    const asked = jest.spyOn(redis, 'eval');
    await wallet(company);
    const [answer] = asked.mock.results;
    asked.mockRestore();
    if (answer?.type !== 'return') return false;
    return answer.value.then(
      () => true,
      () => false,
    );
  });
}

/** Keys of a company's counters; none while Redis is away. */
function keysOf({ id }: { id: string }): Promise<string[]> {
  const { queues, config } = service.ctx;
  return queues.redis.keys(`${config.redisPrefix}:calls:${id}:*`).catch(() => []);
}

test.each(['is gone', 'hangs'])(
  'while Redis %s, the process goes on counting from where it was',
  async (how) => {
    const company = await limited({ account_per_day: 10 });
    const fresh = await limited({ account_per_second: 10 });
    expect(await tally(4, () => wallet(company))).toEqual({ 200: 4 });
    if (how === 'hangs') wire.freeze();
    else await wire.cut();
    expect(await tally(50, () => wallet(company))).toEqual({ 200: 6, 429: 44 });
    expect(await tally(50, () => wallet(fresh))).toEqual({ 200: 10, 429: 40 });
    clock.ms += 1_000;
    expect(await tally(50, () => wallet(fresh))).toEqual({ 200: 10, 429: 40 });
    await wire.mend();
    await asksAgain();
    expect((await wallet(company)).status).toBe(429);
  },
);

test('waits for a hanging Redis once, then only looks for it now and then', async () => {
  const company = await limited({ account_per_day: 1_000_000 });
  const { redis } = service.ctx.queues;
  const [asked, looked] = [jest.spyOn(redis, 'eval'), jest.spyOn(redis, 'exists')];
  wire.freeze();
  const startedAt = performance.now();
  for (let call = 0; call < 5; call++) await wallet(company);
  // Of any number at once, one looks.
  await until('it was looked for', async () => {
    await tally(20, () => wallet(company));
    return looked.mock.calls.length > 0;
  });
  const whiles = Math.floor((performance.now() - startedAt) / LOOK_AGAIN_AFTER_MS);
  expect(looked.mock.calls.length).toBeLessThanOrEqual(whiles);
  expect(asked).toHaveBeenCalledTimes(1);
  asked.mockRestore();
  looked.mockRestore();
});

test('what was counted without Redis counts in it again, even after it was emptied', async () => {
  const company = await limited({ account_per_day: 10 });
  await tally(3, () => wallet(company));
  await wire.cut();
  await tally(4, () => wallet(company));
  await wire.mend();
  await asksAgain();
  const { queues } = service.ctx;
  await queues.redis.del(await keysOf(company));
  const next = await wallet(company);
  expect(next.headers.get('ratelimit')).toContain('"account-day";r=2');
  expect(await queues.redis.hget((await keysOf(company))[0] ?? '', 'count')).toBe('8');
});

test('keeps only ids and routes in Redis, and nothing for long', async () => {
  const company = await limited({ account_per_second: 5, api_per_day: 5 });
  const { token } = company;
  await service.get('/certificates?email=ann@example.com', { token });
  await service.get('/certificates/EC-ann@example.com', { token });
  const keys = (await keysOf(company)).map((key) => key.split(`:${company.id}:`)[1]);
  expect(keys.sort()).toEqual([
    'account-second',
    'api-day:GET /certificates',
    'api-day:GET /certificates/:certificate_id',
  ]);
  for (const key of await keysOf(company)) {
    const left = await service.ctx.queues.redis.pttl(key);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(DAY_MS + MINUTE_MS);
  }
});
