import type { Context } from '../../../src/context';
import { manyCertificates } from '../batches/many-certificates';
import { dump, restore } from '../backup/dump';
import { exported, replay } from '../backup/replay-scene';
import { collections } from '../../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { openTwoContexts } from '../../helpers/context';
import { completedBefore, idsOf, poll, pollAll, Poller, revoke } from './feed-scene';

let ctx: Context;
let beside: { ctx: Context };
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, beside, close } = await openTwoContexts());
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterAll(() => close());

describe('since', () => {
  test('gives those from then on, and what is older never later', async () => {
    const old = await completedBefore(ctx, company, 10);
    const since = old[6]!.flags_committed_at!;
    const first = await poll(ctx, company, { since, limit: 2 });
    expect(idsOf(first.revocations)).toEqual([old[6]!._id, old[7]!._id]);
    // Somebody else who wants everything has the older ones numbered by now.
    expect((await pollAll(beside.ctx, company)).items).toHaveLength(10);
    const id = await revoke(ctx, company, (await makeCertificate(ctx, company)).id);
    const { items } = await pollAll(ctx, company, { cursor: first.next_cursor, limit: 2 });
    expect(idsOf(items)).toEqual([old[8]!._id, old[9]!._id, id]);
    const again = await pollAll(ctx, company, { since, limit: 3 });
    expect(idsOf(again.items)).toEqual([...old.slice(6).map(({ _id }) => _id), id]);
  });

  test('finds them behind thousands of older ones that have just got their numbers', async () => {
    const until = new Date(ctx.now().getTime() - 60_000);
    await completedBefore(ctx, company, 5_100, { until });
    await pollAll(ctx, company);
    const id = await revoke(ctx, company, (await makeCertificate(ctx, company)).id);
    const first = await poll(ctx, company, { since: until });
    // It looks at so many only.
    expect(first).toMatchObject({ revocations: [], has_more: true });
    const { items } = await pollAll(ctx, company, { cursor: first.next_cursor });
    expect(idsOf(items)).toEqual([id]);
  });

  test('may be still to come', async () => {
    await completedBefore(ctx, company, 2);
    await pollAll(ctx, company);
    const since = new Date(ctx.now().getTime() + 3_600_000);
    const { next_cursor, ...first } = await poll(ctx, company, { since });
    expect(first).toEqual({ revocations: [], has_more: false });
    await revoke(ctx, company, (await makeCertificate(ctx, company)).id);
    expect((await poll(ctx, company, { cursor: next_cursor })).revocations).toEqual([]);
  });
});

test('after a backup was restored and replayed a cursor from before skips nothing', async () => {
  const [one = '', two = '', three = ''] = await manyCertificates(ctx, company, 3);
  const poller = new Poller(ctx, company);
  const first = await revoke(ctx, company, one);
  await poller.poll();
  const backup = await dump(ctx);
  const second = await revoke(ctx, company, two);
  await poller.poll();
  // Nobody was told of it.
  const third = await revoke(ctx, company, three);
  const text = await exported({ ctx, company });
  await restore(ctx, backup);
  await makeCertificate(ctx, company);
  await replay(ctx, text);
  await poller.poll();
  expect(idsOf(poller.given).slice(0, 2)).toEqual([first, second]);
  // What had a number that is lost comes again.
  expect(idsOf(poller.given).slice(2).sort()).toEqual([second, third].sort());
});

test('a cursor of a time that is still to come is refused, as what comes before it would be skipped', async () => {
  await revoke(ctx, company, (await makeCertificate(ctx, company)).id);
  const hour = { ...ctx, now: () => new Date(ctx.now().getTime() + 3_600_000) };
  const { next_cursor } = await poll(hour, company);
  expect((await poll(ctx, company, { cursor: next_cursor })).revocations).toEqual([]);
  await collections(ctx).revocationFeeds.deleteMany({});
  await expect(poll(ctx, company, { cursor: next_cursor })).rejects.toMatchObject({
    extra: {
      details: [{ path: 'cursor', message: expect.stringContaining('begin again with since') }],
    },
  });
});
