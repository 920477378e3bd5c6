/** Yardstick: a BullMQ worker whose jobs do nothing. */
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

const connection = new Redis(process.env.REDIS_URL ?? '', { maxRetriesPerRequest: null });
const worker = new Worker('noop', () => Promise.resolve('done'), {
  connection,
  prefix: process.env.REDIS_PREFIX ?? 'bench',
  concurrency: Number(process.env.CONCURRENCY),
});
void worker.waitUntilReady().then(() => console.log(JSON.stringify({ msg: 'ready' })));
process.on('SIGTERM', () => process.exit(0));
