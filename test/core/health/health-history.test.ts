import { endedIn, healthHistory, historyStart } from '../../../src/core/health/health-history';
import {
  judgeQueue,
  judgeSource,
  type QueueFacts,
  worst,
} from '../../../src/core/health/judge-health';
import { MINUTE_MS } from '../../../src/lib/durations';
import { sampleAt } from './scene';

const NOW = new Date('2026-11-21T13:45:30Z');
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * MINUTE_MS);

test('a day is 48 half hours, the last one in progress', () => {
  const periods = healthHistory([], NOW);
  expect(periods).toHaveLength(48);
  expect(periods[0]?.from).toEqual(historyStart(NOW));
  expect(periods[47]?.from).toEqual(new Date('2026-11-21T13:30:00Z'));
  expect(periods.every((one) => one.queues === null && one.outbox_seconds === null)).toBe(true);
});

test('a half hour has the highest depth and age, and the sum of the jobs that ended', () => {
  const samples = [
    sampleAt(minutesAgo(20), { completed_total: 100, failed_total: 3 }),
    sampleAt(minutesAgo(14), { waiting: 5, active: 2, delayed: 1, completed_total: 110 }, 7),
    sampleAt(minutesAgo(3), { waiting: 1, oldest_seconds: 9, completed_total: 150 }, 2),
  ].map((sample) => ({ ...sample }));
  samples[1]!.queues!.wallet = { ...samples[1]!.queues!.wallet, failed_total: 4 };
  const last = healthHistory(samples, NOW)[47]!;
  expect(last.queues?.['opt-outs']).toMatchObject({ depth: 8, oldest_seconds: 9, completed: 50 });
  expect(last.queues?.wallet.failed).toBe(1);
  expect(last.outbox_seconds).toBe(7);
});

test('a time without Redis is a gap; jobs that ended in it are counted after it', () => {
  const samples = [
    sampleAt(minutesAgo(70), { completed_total: 10 }),
    sampleAt(minutesAgo(40), null, 40),
    sampleAt(minutesAgo(10), { completed_total: 25 }),
  ];
  const [before, away, after] = healthHistory(samples, NOW).slice(-3);
  expect(before?.queues?.audit.completed).toBe(0);
  expect(away).toMatchObject({ queues: null, outbox_seconds: 40 });
  expect(after?.queues?.audit.completed).toBe(15);
});

test('totals that were reset with Redis are counted from zero', () => {
  const totals = [10, 14, 2, 5].map((completed_total, i) =>
    sampleAt(minutesAgo(10 - i), { completed_total }),
  );
  expect(endedIn(totals, 'wallet')).toEqual({ completed: 4 + 2 + 3, failed: 0 });
});

test('a queue that nobody takes is stuck, one that is paused waits for an operator', () => {
  const judge = (more: Partial<QueueFacts>) =>
    judgeQueue('csv-revocations', {
      waiting: 1,
      oldestSeconds: 0,
      failedInHour: 0,
      paused: false,
      workers: 'none',
      ...more,
    });
  expect(judge({})).toEqual({ state: 'stuck', verdict: 'act' });
  expect(judge({ waiting: 0 }).state).toBe('good');
  expect(judge({ workers: 'take others', oldestSeconds: 29 }).state).toBe('good');
  expect(judge({ workers: 'take others', oldestSeconds: 30 }).state).toBe('stuck');
  expect(judge({ paused: true, workers: 'take it' })).toEqual({ state: 'paused', verdict: 'act' });
  expect(judge({ paused: true, waiting: 0 })).toEqual({ state: 'paused', verdict: 'watch' });
});

test('a verdict depends on the oldest age and on failures; the worst one counts', () => {
  const facts = { waiting: 1, failedInHour: 0, paused: false, workers: 'take it' } as const;
  const judge = (oldestSeconds: number, more: Partial<QueueFacts> = {}) =>
    judgeQueue('opt-outs', { ...facts, oldestSeconds, ...more });
  expect([judge(59), judge(60), judge(600)]).toEqual([
    { state: 'good', verdict: 'good' },
    { state: 'slow', verdict: 'watch' },
    { state: 'stuck', verdict: 'act' },
  ]);
  expect(judge(0, { failedInHour: 1 })).toEqual({ state: 'failing', verdict: 'watch' });
  expect(judge(600, { failedInHour: 1 }).verdict).toBe('act');
  expect(judgeQueue('csv-revocations', { ...facts, oldestSeconds: 600 }).verdict).toBe('good');
  expect([judgeSource('revocations', 600), judgeSource('cleanups', 600)]).toEqual(['act', 'good']);
  expect(worst(['good', 'watch', 'good'])).toBe('watch');
  expect(worst([])).toBe('good');
});
