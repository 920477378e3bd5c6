import { type LimitsScene, openLimits, tally } from '../../http/limits-scene';
import { client } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';

let one: LimitsScene;
let other: LimitsScene;

beforeAll(async () => {
  const config = testConfig();
  const clock = { ms: Date.UTC(2026, 10, 24, 12) };
  one = await openLimits(config, clock);
  // The clocks of two machines never quite agree.
  other = await openLimits(config, {
    get ms() {
      return clock.ms + 200;
    },
  });
});
afterAll(() => Promise.all([one.close(), other.close()]));

const both = (calls: number, { token }: { token: string }) =>
  tally(calls, (n) => {
    const { url } = (n % 2 === 0 ? one : other).service;
    return client(url).get('/wallet', { token });
  });

test('two API processes share one limit per second', async () => {
  const company = await one.limited({ account_per_second: 10 });
  expect(await both(100, company)).toEqual({ 200: 10, 429: 90 });
});

test('they share the limits per day too, of an account and of an API', async () => {
  const company = await one.limited({ account_per_day: 20, api_per_day: 15 });
  expect(await both(60, company)).toEqual({ 200: 15, 429: 45 });
  const entries = () => other.service.get('/wallet/entries', company);
  expect(await tally(30, entries)).toEqual({ 200: 5, 429: 25 });
});

test('what one process has counted also counts in a new one', async () => {
  const company = await one.limited({ account_per_day: 3 });
  expect(await tally(3, () => one.wallet(company))).toEqual({ 200: 3 });
  const third = await openLimits(one.service.ctx.config, one.clock);
  try {
    expect((await third.wallet(company)).status).toBe(429);
    // Told once that it is full, it does not trouble Redis with a flood.
    const asked = jest.spyOn(third.service.ctx.queues.redis, 'eval');
    expect(await tally(20, () => third.wallet(company))).toEqual({ 429: 20 });
    expect(asked).not.toHaveBeenCalled();
  } finally {
    await third.close();
  }
});
