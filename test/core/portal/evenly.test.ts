import { setTimeout as wait } from 'node:timers/promises';
import { evenly } from '../../../src/core/portal/evenly';

// Waits for no time: the test looks at how long it would have waited.
jest.mock('node:timers/promises', () => ({ setTimeout: jest.fn(() => Promise.resolve()) }));

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test.each([
  [0, 1_000],
  [1, 999],
  [400, 600],
  [1_300, 700],
])(
  'work that took %d ms is answered after %d more, and so is its failure',
  async (tookMs, restMs) => {
    const work = () => {
      jest.advanceTimersByTime(tookMs);
      return Promise.resolve('done');
    };
    expect(await evenly(1_000, work)).toBe('done');
    const failing = evenly(1_000, () => work().then(() => Promise.reject(new Error('no'))));
    await expect(failing).rejects.toThrow('no');
    expect(jest.mocked(wait).mock.calls.slice(-2)).toEqual([[restMs], [restMs]]);
  },
);
