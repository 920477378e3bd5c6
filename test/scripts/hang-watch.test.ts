import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { killWhenHung } from '../../scripts/services/hang-watch';
import { keepRunning } from '../../scripts/services/keep-running';
import { startRedis } from '../../scripts/services';
import { until } from '../helpers/until';

test('a local service that stops answering is started again on its data', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'rescind-hang-'));
  const said: string[] = [];
  const log = (line: string): void => void said.push(line);
  const pids: number[] = [];
  const watches: Promise<void>[] = [];
  const start = async () => {
    const redis = await startRedis({ dataDir, log });
    pids.push(redis.pid);
    const client = new Redis(redis.url, { maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    const ask = () => client.ping();
    const watch = killWhenHung({
      name: 'Redis',
      service: redis,
      ask,
      log,
      everyMs: 50,
      patienceMs: 2_000,
    });
    watches.push(watch.finally(() => client.disconnect()));
    return redis;
  };
  const kept = await keepRunning('Redis', start, log);
  const client = new Redis(kept.first.url);
  client.on('error', () => undefined);
  try {
    await client.set('kept', 'yes');
    process.kill(kept.first.pid, 'SIGSTOP');
    await until('it runs again', () => Promise.resolve(pids.length === 2));
    expect(await client.get('kept')).toBe('yes');
    expect(said).toContain('Redis has not answered for 2 s; ending it.');
    // What answers is left alone.
    await watches[0];
    expect(said.filter((line) => line.includes('not answered'))).toHaveLength(1);
  } finally {
    client.disconnect();
    await kept.stop();
    await Promise.all(watches);
    await rm(dataDir, { recursive: true, force: true });
  }
});
