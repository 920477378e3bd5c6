import {
  createRecentChecks,
  percentile99,
  sumOfChecks,
} from '../../../src/core/health/recent-checks';
import { MINUTE_MS } from '../../../src/lib/durations';
import { createMetrics } from '../../../src/telemetry/metrics';

const metrics = createMetrics();
const answered = (ms: number, status = '200', times = 1) => {
  for (let i = 0; i < times; i++) {
    metrics.verifySeconds.observe({ call: 'match', status }, ms / 1_000);
  }
};

test('checks of the last hour are counted, older ones are not', async () => {
  let now = 0;
  const recent = createRecentChecks(metrics, () => now);
  answered(3, '200', 5);
  answered(9_000, '503');
  now = 30 * MINUTE_MS;
  expect(await recent()).toMatchObject({ total: 6, failed: 1 });
  answered(3, '403', 2);
  now = 59 * MINUTE_MS;
  expect(await recent()).toMatchObject({ total: 8, failed: 1 });
  now = 61 * MINUTE_MS;
  expect(await recent()).toMatchObject({ total: 8, failed: 1 });
  now = 91 * MINUTE_MS;
  expect(await recent()).toMatchObject({ total: 2, failed: 0 });
  now = 300 * MINUTE_MS;
  expect(await recent()).toMatchObject({ total: 0, failed: 0 });
});

test('what several processes counted has one 99th percentile', async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  const [first, second] = [createRecentChecks(one), createRecentChecks(other)];
  for (let i = 0; i < 98; i++) one.verifySeconds.observe({ call: 'match', status: '200' }, 0.004);
  other.verifySeconds.observe({ call: 'match', status: '200' }, 0.04);
  other.verifySeconds.observe({ call: 'info', status: '500' }, 20);
  const both = sumOfChecks([await first(), await second()]);
  expect(both).toMatchObject({ total: 100, failed: 1 });
  expect(percentile99(both)).toBe(50);
  expect(percentile99(await first())).toBe(5);
  expect(percentile99(await second())).toBeNull();
  expect(percentile99(sumOfChecks([]))).toBeNull();
});
