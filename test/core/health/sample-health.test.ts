import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { readHealth } from '../../../src/core/health/read-health';
import { sampleHealth } from '../../../src/core/health/sample-health';
import { startHealthSampler } from '../../../workers/sample-health';
import { collections } from '../../helpers/collections';
import { makeCompany } from '../../helpers/company';
import { giveBack, testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { ensureIndexes } from '../../helpers/indexes';
import { beatOf, failJob, recordRevocation } from './scene';

const UNREACHABLE_REDIS = 'redis://127.0.0.1:1';
let ctx: Context;
let close: () => Promise<void>;

async function open(settings: Record<string, string> = {}): Promise<void> {
  ({ ctx, close } = await openContext(testConfig(settings), 'worker'));
  await ensureIndexes(ctx);
}

afterEach(async () => {
  await close();
  await giveBack(ctx.config);
});

const EPOCH = new Date(0);

test('of many processes, one takes the sample of a minute', async () => {
  await open();
  const now = new Date();
  const took = await Promise.all(Array.from({ length: 8 }, () => sampleHealth({ ctx, now })));
  expect(took.filter(Boolean)).toHaveLength(1);
  expect(await sampleHealth({ ctx, now })).toBe(false);
  expect(await sampleHealth({ ctx, now: new Date(now.getTime() + 60_000) })).toBe(true);
  expect(await ctx.store.healthSamples.since(EPOCH)).toHaveLength(2);
});

test('the sampler of a worker takes one by itself', async () => {
  await open();
  const sampler = startHealthSampler(ctx, 50);
  const [sample] = await until('a sample', async () => {
    const found = await ctx.store.healthSamples.since(EPOCH);
    return found.length > 0 && found;
  });
  await sampler.stop();
  expect(Object.keys(sample!.queues ?? {})).toContain('csv-revocations');
  expect(sample!.outbox).toMatchObject({ revocations: 0, cleanups: 0 });
});

test('a sample of before there was a queue counts as one in which it was empty', async () => {
  await open();
  const minuteAgo = new Date(Date.now() - 60_000);
  await sampleHealth({ ctx, now: minuteAgo });
  await collections(ctx).healthSamples.updateMany({}, { $unset: { 'queues.mail': 1 } });
  const { queues, history } = await readHealth({ ctx, history: true });
  expect(queues?.find(({ name }) => name === 'mail')).toMatchObject({ completed_in_hour: 0 });
  expect(history.some((period) => period.queues?.mail.depth === 0)).toBe(true);
});

test('samples expire after two days', async () => {
  await open();
  const indexes = await collections(ctx).healthSamples.indexes();
  expect(indexes).toContainEqual(
    expect.objectContaining({ key: { at: 1 }, expireAfterSeconds: 2 * 24 * 3_600 }),
  );
});

test('without Redis a sample has the outbox and a gap for the queues', async () => {
  await open({ REDIS_URL: UNREACHABLE_REDIS });
  const company = await makeCompany(ctx);
  await recordRevocation(ctx, company.id);
  expect(await sampleHealth({ ctx })).toBe(true);
  const [sample] = await ctx.store.healthSamples.since(EPOCH);
  expect(sample).toMatchObject({ queues: null });
  expect(sample!.outbox.revocations).toBeGreaterThanOrEqual(0);
  await beatOf(ctx, 'worker-a');
  const { verdict, queues, concerns } = await readHealth({ ctx });
  expect({ verdict, queues }).toEqual({ verdict: 'act', queues: null });
  expect(concerns).toEqual([{ what: 'redisAway', verdict: 'act' }]);
});

test('a failure since the last sample is in the report, as something to watch', async () => {
  await open();
  const company = await makeCompany(ctx);
  const { _id } = await recordRevocation(ctx, company.id);
  await sampleHealth({ ctx });
  await failJob(ctx, 'opt-outs', 'follow-up-revocation', { revocation_id: _id });
  await beatOf(ctx, 'worker-a');
  const report = await readHealth({ ctx });
  const queue = report.queues!.find(({ name }) => name === 'opt-outs');
  expect(queue).toMatchObject({ failed: 1, failed_in_hour: 1, verdict: 'watch' });
  expect(report.concerns).toEqual([
    { what: 'jobsFailed', verdict: 'watch', failed: 1, queues: ['opt-outs'] },
  ]);
  expect(report.verdict).toBe('watch');
});
