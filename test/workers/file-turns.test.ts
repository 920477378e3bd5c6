import { runCsvBatch } from '../../src/core/batches/run-csv-batch';
import { runScrub } from '../../src/core/batches/scrub/run-scrub';
import type { Context } from '../../src/context';
import { collections } from '../helpers/collections';
import { makeCompany } from '../helpers/company';
import { until } from '../helpers/until';
import { batchNow, type CsvScene, openCsvScene, storeBatch } from '../core/batches/scene';
import { storeScrub } from '../core/batches/scrub/scene';
import { handOver } from '../../src/queue/outbox';
import { startConsumers } from '../../workers/consumers';
import { HANDLERS } from '../../workers/handlers';
import type { Batch } from '../../src/store/batches';

const FILE = 'email\nnobody@example.com\n';

let scene: CsvScene;

beforeAll(async () => {
  scene = await openCsvScene();
});
beforeEach(async () => {
  scene = { ...scene, company: await makeCompany(scene.ctx) };
});
afterAll(() => scene.close());

/** What files may be sent for: each takes turns like any other. */
const KINDS = [
  {
    of: 'revocations',
    store: (of: CsvScene, more: Partial<Batch>) => storeBatch(of, FILE, more),
    work: runCsvBatch,
    ends: 'completed',
  },
  {
    of: 'contacts',
    store: (of: CsvScene, more: Partial<Batch>) => storeScrub(of, FILE, {}, more),
    work: runScrub,
    ends: 'previewed',
  },
] as const;

describe.each(KINDS)('files of $of', ({ store, work, ends }) => {
  async function files(count: number, of = scene): Promise<Batch[]> {
    const batches: Batch[] = [];
    for (let i = 0; i < count; i++) {
      const requested_at = new Date(Date.now() - 60_000 + i);
      batches.push(await store(of, { requested_at }));
    }
    return batches;
  }

  const run = (ctx: Context, { _id: batchId }: Batch) =>
    work({ ctx, batchId, signal: new AbortController().signal });

  test("one company's single file does not wait for the hundred of another", async () => {
    const { ctx } = scene;
    const many = await files(100);
    const other = { ...scene, company: await makeCompany(ctx) };
    const [single] = await files(1, other);
    for (const { _id } of [...many, single!]) {
      // Redis may take longer to answer than a request waits for it.
      const enqueue = async () => {
        await handOver(ctx.store, ctx.queues, 'batches', [_id]);
        return true;
      };
      await until('it is enqueued', () => enqueue().catch(() => false));
    }

    const order: string[] = [];
    const noted = ({ payload }: { payload: { batch_id: string } }) => {
      order.push(payload.batch_id);
      return Promise.resolve('completed' as const);
    };
    const consumers = startConsumers(ctx, {
      ...HANDLERS,
      'run-csv-batch': noted,
      'run-scrub': noted,
    });
    try {
      await until('all have had their turn', () => order.length >= 101, 60_000);
    } finally {
      await consumers.close(5_000);
    }
    expect(order.indexOf(single!._id)).toBeLessThan(5);
    // Those of one company in the order of its requests, a few of which are taken at once.
    const rest = order.filter((id) => id !== single!._id);
    const places = rest.slice(0, 3).map((id) => many.findIndex(({ _id }) => _id === id));
    expect(Math.max(...places)).toBeLessThan(10);
  });

  test('a company runs two files at a time, or as many as its operator says, and then the next', async () => {
    const { ctx, company } = scene;
    const [first, second, third] = await files(3);
    const held = [await ctx.store.batches.lease(first!._id, 60_000)];
    expect(await run(ctx, second!)).toBe(ends);
    const [fourth] = await files(1);
    held.push(await ctx.store.batches.lease(fourth!._id, 60_000));
    await ctx.outbox.drain();
    await collections(ctx).batches.updateOne({ _id: third!._id }, { $set: { enqueued_at: null } });
    expect(await run(ctx, third!)).toBe('postponed');
    expect(await batchNow(scene, third!)).toMatchObject({ open: true, rows_read: 0, fence: 0 });
    // Those of others do not wait for it.
    const other = { ...scene, company: await makeCompany(ctx) };
    const [single] = await files(1, other);
    expect(await run(ctx, single!)).toBe(ends);

    await collections(ctx).companies.updateOne(
      { _id: company.id },
      { $set: { 'limits.running_files': 3 } },
    );
    expect(await run(ctx, third!)).toBe(ends);
    await ctx.store.batches.release(first!._id, held[0]!.fence);
    await ctx.store.batches.release(fourth!._id, held[1]!.fence);
  });

  test('the next file is enqueued when one has ended', async () => {
    const { ctx } = scene;
    const [first, second] = await files(2);
    expect(await run(ctx, first!)).toBe(ends);
    await ctx.outbox.drain();
    expect((await batchNow(scene, second!)).enqueued_at).not.toBeNull();
  });
});
