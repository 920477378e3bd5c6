import { Redis } from 'ioredis';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startRedis } from '../../scripts/services';
import { randomFreePort } from '../../scripts/services/ports';
import { until } from '../helpers/until';

const PASSWORD = 'its own words: %/@';
const URL_PASSWORD = encodeURIComponent(PASSWORD);
/** After which a master that does not answer is given up. */
const DOWN_AFTER_MS = 1_000;
const READY_MS = 60_000;
const MASTER = 'rescind';
/** As a configuration file has it. */
const quoted = (text: string) => JSON.stringify(text);
const SENTINELS = 3;
const MASTERS = 3;
const SLOTS = 16_384;

type Server = Awaited<ReturnType<typeof startRedis>>;

/** The master that has a key, and its replica; servers go by their ports. */
export interface Pair {
  master: number;
  replica: number;
}

/** Several Redis servers that belong together. */
export interface RedisSet {
  /** As `REDIS_URL` has it. */
  url: string;
  /** Who has this key now; null: nobody yet. */
  masterOf: (key: string) => Promise<number | null>;
  /** The same, once its replica has all that it has. */
  pairOf: (key: string) => Promise<Pair | null>;
  /** A connection of the test's own to one server. */
  at: (port: number) => Redis;
  kill: (port: number) => Promise<void>;
  /** Starts a killed one again, on its data. */
  restart: (port: number) => Promise<void>;
  stop: () => Promise<void>;
}

/** A master with one replica, and three Sentinels with a password of their own. */
export async function startSentinelSet(): Promise<RedisSet> {
  const servers = await openServers();
  const master = await servers.start();
  const replica = await servers.start({ replicaof: `127.0.0.1 ${String(master.port)}` });
  const sentinels: Server[] = [];
  for (let n = 0; n < SENTINELS; n++) sentinels.push(await servers.startSentinel(master.port));
  const linked = () => isReplicaOf(servers.at(replica.port), master.port);
  await until('the replica has what the master has', linked, READY_MS);
  await until(
    'the Sentinels know each other and the replica',
    async () => {
      const known = await Promise.all(
        sentinels.map(({ port }) => servers.at(port).call('SENTINEL', 'MASTER', MASTER)),
      );
      return known.every((found) => {
        const sees = [field(found, 'num-other-sentinels'), field(found, 'num-slaves')];
        return sees.join() === `${String(SENTINELS - 1)},1`;
      });
    },
    READY_MS,
  );
  const hosts = sentinels.map(({ port }) => `127.0.0.1:${String(port)}`).join(',');
  return {
    url: `redis+sentinel://:${URL_PASSWORD}@${hosts}/${MASTER}?sentinelPassword=${URL_PASSWORD}`,
    ...servers.reached(async () => {
      const found = await servers.at(sentinels[1]!.port).call('SENTINEL', 'MASTER', MASTER);
      return Number(field(found, 'port'));
    }),
  };
}

/** A Cluster of three masters, each with a replica. */
export async function startCluster(): Promise<RedisSet> {
  const servers = await openServers();
  const nodes: Server[] = [];
  const busPorts: number[] = [];
  for (let n = 0; n < 2 * MASTERS; n++) {
    // Its own choice, 10,000 more, is among those that connections of this machine have.
    const busPort = await randomFreePort();
    const cluster = {
      'cluster-enabled': 'yes',
      'cluster-node-timeout': String(DOWN_AFTER_MS),
      'cluster-port': String(busPort),
    };
    nodes.push(await servers.start(cluster));
    busPorts.push(busPort);
  }
  const redis = nodes.map(({ port }) => servers.at(port));
  for (let n = 0; n < MASTERS; n++) {
    const [from, to] = [n, n + 1].map((at) => Math.floor((at * SLOTS) / MASTERS));
    await redis[n]!.call('CLUSTER', 'ADDSLOTSRANGE', from!, to! - 1);
    // As redis-cli does: else two nodes may claim the same age.
    await redis[n]!.call('CLUSTER', 'SET-CONFIG-EPOCH', n + 1);
  }
  for (const [n, { port }] of nodes.entries()) {
    if (n > 0) await redis[0]!.call('CLUSTER', 'MEET', '127.0.0.1', port, busPorts[n]!);
  }
  const all = (text: string) => async () => {
    const infos = await Promise.all(redis.map((node) => node.call('CLUSTER', 'INFO')));
    return infos.every((info) => String(info).includes(text));
  };
  await until('the nodes know each other', all(`known_nodes:${String(2 * MASTERS)}`), READY_MS);
  for (let n = 0; n < MASTERS; n++) {
    const id = String(await redis[n]!.call('CLUSTER', 'MYID'));
    await until('the replica knows its master', () => follows(redis[MASTERS + n]!, id), READY_MS);
  }
  await until('the Cluster serves', all('cluster_state:ok'), READY_MS);
  const hosts = nodes.slice(0, MASTERS).map(({ port }) => `127.0.0.1:${String(port)}`);
  return {
    url: `redis+cluster://:${URL_PASSWORD}@${hosts.join(',')}`,
    ...servers.reached(async (key) => {
      for (const node of redis) {
        const slot = Number(await node.call('CLUSTER', 'KEYSLOT', key).catch(() => NaN));
        if (Number.isNaN(slot)) continue;
        const shards = (await node.call('CLUSTER', 'SLOTS')) as Shard[];
        return shards.find(([from, to]) => from <= slot && slot <= to)?.[2]?.[1] ?? null;
      }
      return null;
    }),
  };
}

/** First slot, last slot, the master, replicas: address and port. */
type Shard = [number, number, ...[string, number][]];

/** A list of names and values, as Redis answers. */
function field(found: unknown, name: string): string | undefined {
  const list = found as string[];
  return list[list.indexOf(name) + 1];
}

async function isReplicaOf(redis: Redis, master: number): Promise<boolean> {
  const info = await redis.info('replication').catch(() => '');
  return info.includes('link_status:up') && info.includes(`master_port:${String(master)}\r`);
}

async function follows(replica: Redis, id: string): Promise<boolean> {
  try {
    await replica.call('CLUSTER', 'REPLICATE', id);
    return true;
  } catch {
    // It has not heard of that node yet.
    return false;
  }
}

/** Every server, so that one can be looked up, killed and started again. */
async function openServers() {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'rescind-redis-set-'));
  const opened = new Map<number, { server: Server; redis: Redis; again: () => Promise<Server> }>();
  const open = async (settings: Record<string, string>, sentinel = false): Promise<Server> => {
    const place = path.join(dataDir, String(opened.size));
    const again = () =>
      startRedis({
        dataDir: place,
        log: () => undefined,
        password: PASSWORD,
        settings,
        sentinel,
      });
    const server = await again();
    const redis = new Redis({ port: server.port, password: PASSWORD, maxRetriesPerRequest: 0 });
    // It is killed sooner or later.
    redis.on('error', () => undefined);
    opened.set(server.port, { server, redis, again });
    return server;
  };
  const of = (port: number) => opened.get(port)!;
  return {
    start: (settings: Record<string, string> = {}) =>
      open({ masterauth: quoted(PASSWORD), ...settings }),
    startSentinel: (masterPort: number) =>
      open(
        {
          'sentinel monitor': `${MASTER} 127.0.0.1 ${String(masterPort)} 2`,
          'sentinel auth-pass': `${MASTER} ${quoted(PASSWORD)}`,
          'sentinel sentinel-pass': quoted(PASSWORD),
          'sentinel down-after-milliseconds': `${MASTER} ${String(DOWN_AFTER_MS)}`,
          'sentinel failover-timeout': `${MASTER} 10000`,
        },
        true,
      ),
    at: (port: number) => of(port).redis,
    /** What a set offers, given how its master is found. */
    reached: (masterOf: RedisSet['masterOf']): Omit<RedisSet, 'url'> => ({
      masterOf,
      pairOf: async (key) => {
        const master = await masterOf(key);
        for (const [replica, { redis }] of opened) {
          if (master !== null && (await isReplicaOf(redis, master))) return { master, replica };
        }
        return null;
      },
      at: (port) => of(port).redis,
      kill: (port) => of(port).server.kill(),
      restart: async (port) => {
        of(port).server = await of(port).again();
      },
      stop: async () => {
        for (const { redis } of opened.values()) redis.disconnect();
        await Promise.all([...opened.values()].map(({ server }) => server.kill()));
        await rm(dataDir, { recursive: true, force: true });
      },
    }),
  };
}
