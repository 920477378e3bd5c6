import { type Look, ServerClock } from '../../src/lib/server-clock';

const AT = Date.UTC(2030, 0, 1);

/** A look that took this long, at a server that is off by `offMs` from `AT` now. */
function look(tookMs: number, offMs: number, server = 'a:27017'): Look {
  const answeredAt = performance.now();
  const askedAt = answeredAt - tookMs;
  return { server, askedAt, answeredAt, serverMs: AT + offMs - tookMs / 2 };
}

/** How far the clock is from `AT`, taken as now. */
const off = (clock: ServerClock): number => clock.now().getTime() - AT;

test('goes by the server, however the own clock is set, and goes on between looks', async () => {
  const clock = new ServerClock();
  expect(() => clock.now()).toThrow('never asked');
  clock.learn(look(2, 0));
  expect(off(clock)).toBeLessThan(500);
  const [before, from] = [clock.now().getTime(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 30));
  const passed = clock.now().getTime() - before;
  expect(Math.abs(passed - (performance.now() - from))).toBeLessThan(2);
});

test('believes the quickest look, until it is old', () => {
  const clock = new ServerClock();
  clock.learn(look(2, 0));
  clock.learn(look(2_000, 900));
  expect(off(clock)).toBeLessThan(500);
  for (let i = 0; i < 8; i++) clock.learn(look(1_000, 1_000));
  expect(off(clock)).toBeGreaterThanOrEqual(1_000);
});

test('looks at another server replace those before', () => {
  const clock = new ServerClock();
  clock.learn(look(2, 0));
  clock.learn(look(500, 60_000, 'b:27017'));
  expect(off(clock)).toBeGreaterThanOrEqual(60_000);
});

test('a clock that was set counts from the next look on', () => {
  const clock = new ServerClock();
  clock.learn(look(2, 0));
  clock.learn(look(4, 5_000));
  expect(off(clock)).toBeGreaterThanOrEqual(5_000);
});

test('it waits for what it has already told, but not for long', () => {
  const clock = new ServerClock();
  clock.learn(look(2, 900));
  const told = off(clock);
  clock.learn(look(2, 0, 'b:27017'));
  expect(off(clock)).toBeGreaterThanOrEqual(told);
  clock.learn(look(2, 20 * 60_000, 'a:27017'));
  expect(off(clock)).toBeGreaterThanOrEqual(20 * 60_000);
  clock.learn(look(2, 0, 'b:27017'));
  expect(off(clock)).toBeLessThan(500);
});
