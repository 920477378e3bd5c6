import { openContext } from '../helpers/context';
import type { Context } from '../../src/context';
import { openStore, type Store } from '../../src/store';
import { testConfig } from '../helpers/settings';
import { until } from '../helpers/until';
import { ensureIndexes } from '../helpers/indexes';

const LIMITS = { operationTimeoutMs: 10_000, maxTimeMs: null };
const config = testConfig();
const elsewhere = testConfig();

let ctx: Context;
let close: () => Promise<void>;
let other: Store;
let anotherDeployment: Store;

beforeAll(async () => {
  // Without the loop that a process of the service has.
  ({ ctx, close } = await openContext(config, 'script'));
  await ensureIndexes(ctx);
  other = await openStore(config.mongodbUri, LIMITS);
  anotherDeployment = await openStore(elsewhere.mongodbUri, LIMITS);
});
afterAll(async () => {
  await other.close();
  await anotherDeployment.close();
  await close();
});

/** Leaves a transaction open, as a process that hangs would, while `work` goes on. */
async function withOpen(work: () => Promise<void>): Promise<'aborted' | 'committed'> {
  let tries = 0;
  await ctx.store.transaction(async (session) => {
    await ctx.store.ledgerPages.open(`wallet-${String(tries)}`, new Date(), session);
    if (tries++ === 0) await work();
  });
  return tries > 1 ? 'aborted' : 'committed';
}

const look = async ({ abandonedTransactions }: Store, times: number) => {
  let aborted = 0;
  for (let i = 0; i < times; i++) aborted += (await abandonedTransactions.abort()) ?? 0;
  return aborted;
};

test('another process aborts a transaction that stays idle, which is then run again', async () => {
  const outcome = await withOpen(async () => {
    await until('it is aborted', async () => (await look(other, 1)) === 1);
  });
  expect(outcome).toBe('aborted');
});

test('a process leaves its own alone, and those of another deployment', async () => {
  const outcome = await withOpen(async () => {
    expect(await look(ctx.store, 3)).toBe(0);
    expect(await look(anotherDeployment, 3)).toBe(0);
  });
  expect(outcome).toBe('committed');
});
