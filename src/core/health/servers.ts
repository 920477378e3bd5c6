import type { Context } from '../../context';
import type { DiskSpace } from '../../lib/disk-space';
import { readRedisState, type RedisState } from '../../queue/redis-state';
import type { MongoState } from '../../store/server-state';
import { orNull } from './or-null';

/** MongoDB and Redis. */
export interface Servers {
  /** Null: it does not answer. */
  mongodb: MongoState | null;
  /** Whether the database of the US region answers. */
  us: boolean;
  /** Each master; null: Redis does not answer. */
  redis: RedisState[] | null;
}

/** What can be the matter with them. */
export type ServerConcern =
  | { what: 'mongodbAway' | 'usAway' | 'redisAway' | 'redisReadOnly' }
  | { what: 'membersDown'; up: number; total: number }
  | { what: 'redisEvicts'; policy: string }
  | { what: 'redisFull'; usedBytes: number; maxBytes: number }
  | { what: 'diskFull'; of: 'mongodb' | 'redis'; disk: DiskSpace };

type Judged = ServerConcern & { verdict: 'watch' | 'act' };

const FULL = { watch: 0.8, act: 0.95 } as const;
const KEEPS = 'noeviction';

/** Asks MongoDB and Redis how they are. Never throws. */
export async function readServers({ ctx }: { ctx: Context }): Promise<Servers> {
  const { store, queues, config } = ctx;
  const answers = (part: string, ping: Promise<void>) =>
    orNull({ ctx, part, work: ping.then(() => true as const) });
  const [up, us, redis] = await Promise.all([
    answers('mongodb', store.ping()),
    config.mongodbUriUs === null ? null : answers('mongodb_us', store.regions.us.ping()),
    orNull({ ctx, part: 'redis', work: readRedisState(queues) }),
  ]);
  const state = up && (await orNull({ ctx, part: 'mongodb', work: store.serverState.read() }));
  const mongodb = up && (state ?? { members: null, disk: null });
  return { mongodb, us: config.mongodbUriUs === null ? up !== null : us !== null, redis };
}

/** What is the matter with MongoDB and Redis. */
export function judgeServers({ mongodb, us, redis }: Servers): Judged[] {
  const found: Judged[] = [];
  if (!mongodb) found.push({ what: 'mongodbAway', verdict: 'act' });
  else {
    if (!us) found.push({ what: 'usAway', verdict: 'act' });
    found.push(...judgeMembers(mongodb.members), ...judgeDisk('mongodb', mongodb.disk));
  }
  if (!redis) found.push({ what: 'redisAway', verdict: 'act' });
  for (const one of redis ?? []) found.push(...judgeRedis(one));
  return found;
}

/** One that is down is to be mended; to be without a spare one, at once. */
function judgeMembers(members: MongoState['members']): Judged[] {
  if (!members || members.up === members.total) return [];
  const majority = Math.floor(members.total / 2) + 1;
  const verdict = members.up <= majority ? 'act' : 'watch';
  return [{ what: 'membersDown', verdict, ...members }];
}

function judgeRedis({ usedBytes, maxBytes, policy, writes, disk }: RedisState): Judged[] {
  const found: Judged[] = [];
  if (!writes) found.push({ what: 'redisReadOnly', verdict: 'act' });
  // Some providers do not say it.
  if (policy !== '' && policy !== KEEPS) {
    found.push({ what: 'redisEvicts', verdict: 'act', policy });
  }
  const verdict = maxBytes === null ? null : judgeShare(usedBytes / maxBytes);
  if (verdict && maxBytes !== null) {
    found.push({ what: 'redisFull', verdict, usedBytes, maxBytes });
  }
  return [...found, ...judgeDisk('redis', disk)];
}

function judgeDisk(of: 'mongodb' | 'redis', disk: DiskSpace | null): Judged[] {
  const verdict = disk && judgeShare(1 - disk.freeBytes / disk.totalBytes);
  return disk && verdict ? [{ what: 'diskFull', verdict, of, disk }] : [];
}

function judgeShare(share: number): 'watch' | 'act' | null {
  if (share >= FULL.act) return 'act';
  return share >= FULL.watch ? 'watch' : null;
}
