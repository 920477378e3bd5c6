import { QUEUE_NAMES } from '../../../src/jobs/contract';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { listProcesses } from '../../../src/core/health/list-processes';
import { scrapeMetrics } from '../../../src/core/health/scrape-metrics';
import { startBeating } from '../../../src/core/health/start-beating';
import { startConsumers } from '../../../workers/consumers';
import { collections } from '../../helpers/collections';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { beatOf } from './scene';

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(() => collections(ctx).processes.deleteMany({}));
afterAll(() => close());

const states = async () => {
  const { processes } = await listProcesses({ ctx });
  return Object.fromEntries(processes.map(({ id, state }) => [id, state]));
};
const alive = async () =>
  (await scrapeMetrics({ ctx })).text.match(/^rescind_processes_alive.*$/gm);

test('a process that says it lives is alive; once it stops it is neither alive nor missed', async () => {
  const worker = startBeating({ ctx, role: 'worker', takes: () => ['wallet'], everyMs: 20 });
  const web = startBeating({ ctx, role: 'web', everyMs: 20 });
  const all = await until('both to be alive', async () => {
    const { processes } = await listProcesses({ ctx });
    return processes.length === 2 && processes;
  });
  expect(all).toMatchObject([
    { id: web.id, role: 'web', takes: [] },
    { id: worker.id, role: 'worker', takes: ['wallet'], version: expect.stringMatching(/^\d/) },
  ]);
  expect(await alive()).toEqual([
    'rescind_processes_alive{role="web"} 1',
    'rescind_processes_alive{role="worker"} 1',
  ]);
  const seen = all[1]!.seenAt;
  await until('another beat', async () => {
    const { processes } = await listProcesses({ ctx });
    return processes[1]!.seenAt > seen;
  });
  await worker.stop();
  await web.stop();
  expect(await states()).toEqual({});
  expect(await alive()).toContain('rescind_processes_alive{role="worker"} 0');
  expect((await listProcesses({ ctx })).lastWorker).toMatchObject({ id: worker.id });
});

test('one that died is missing after 15 s, until another has started in its place', async () => {
  await beatOf(ctx, 'worker-a', { secondsAgo: 14 });
  await beatOf(ctx, 'worker-b', { secondsAgo: 60 });
  await beatOf(ctx, 'worker-c', { secondsAgo: 80 });
  await beatOf(ctx, 'web-a', { role: 'web', secondsAgo: 16 });
  await beatOf(ctx, 'worker-d', { secondsAgo: 3_700 });
  expect(await states()).toEqual({
    'worker-a': 'alive',
    'worker-b': 'missing',
    'worker-c': 'missing',
    'web-a': 'missing',
  });
  expect((await listProcesses({ ctx })).lastWorker).toBeNull();
  // It takes the place of the one that fell silent first.
  await beatOf(ctx, 'worker-e', { secondsAgo: 1, startedSecondsAgo: 30 });
  expect(await states()).toMatchObject({ 'worker-b': 'missing', 'worker-e': 'alive' });
  expect(Object.keys(await states())).not.toContain('worker-c');
});

test('a worker says from which queues it gets jobs at the moment', async () => {
  const consumers = startConsumers(ctx);
  await until('all consumers', () =>
    Promise.resolve(consumers.taking().length === QUEUE_NAMES.length),
  );
  await consumers.close(1_000);
  expect(consumers.taking()).toEqual([]);
});

test('a host that is called like an operator of MongoDB is stored as it is', async () => {
  const said = { host: '$$NOW', version: '$host', takes: ['$$ROOT'], checks: null };
  await ctx.store.processes.beat('web-x', { role: 'web', started_at: ctx.now(), ...said });
  expect((await listProcesses({ ctx })).processes).toMatchObject([
    { id: 'web-x', host: '$$NOW', version: '$host', takes: ['$$ROOT'] },
  ]);
});
