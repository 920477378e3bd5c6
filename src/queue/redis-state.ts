import { isIP } from 'node:net';
import { Cluster } from 'ioredis';
import { type DiskSpace, diskSpace } from '../lib/disk-space';
import { onEachMaster } from './masters';
import type { Queues } from './queues';

/** What a Redis says of itself; of a Cluster, each master. */
export interface RedisState {
  usedBytes: number;
  /** What it may use, or else what the machine has; null: it does not say. */
  maxBytes: number | null;
  /** What it does when that is full; anything but `noeviction` loses jobs. */
  policy: string;
  /** Whether its last write to disk went well; it takes no more jobs otherwise. */
  writes: boolean;
  /** Of the file system with its data; null: it is not on this machine, or does not say where. */
  disk: DiskSpace | null;
}

/**
 * Asks each master how full it is.
 * @throws whatever the connection throws while Redis is away
 */
export function readRedisState({ redis }: Queues): Promise<RedisState[]> {
  return onEachMaster(redis, async (master) => {
    const info = parseInfo(await master.info());
    const max = Number(info.get('maxmemory')) || Number(info.get('total_system_memory'));
    return {
      usedBytes: Number(info.get('used_memory')),
      maxBytes: max || null,
      policy: info.get('maxmemory_policy') ?? '',
      writes:
        info.get('rdb_last_bgsave_status') !== 'err' && info.get('aof_last_write_status') !== 'err',
      disk: isLocal(redis) ? await diskOf(master) : null,
    };
  });
}

function parseInfo(text: string): Map<string, string> {
  const lines = text.split('\r\n').filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.split(':', 1)[0] ?? '', line.replace(/^[^:]*:/, '')]));
}

/** Whether it is reached by a loopback address. */
function isLocal(redis: Queues['redis']): boolean {
  if (redis instanceof Cluster) return false;
  const { host = '' } = redis.options;
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Servers that are not ours may refuse to say. */
async function diskOf(master: { config: (get: 'GET', name: string) => Promise<unknown> }) {
  try {
    const [, folder] = (await master.config('GET', 'dir')) as (string | undefined)[];
    return folder ? await diskSpace(folder) : null;
  } catch {
    return null;
  }
}
