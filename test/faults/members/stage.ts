import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startRedis } from '../../../scripts/services';
import { makeCompany } from '../../helpers/company';
import { until } from '../../helpers/until';
import { type Child, startWeb, startWorker, type Web } from '../processes';
import { LONG_MS, openScene, type Scene } from '../scene';
import { Model } from './model';
import { People } from './people';
import { openReplicaSet, type ReplicaSet } from './replica-set';

const BALANCE = 100_000_000_000;

/** Redis of a campaign. */
export interface OwnRedis {
  signal: (name: NodeJS.Signals) => void;
  kill: () => Promise<void>;
  /** Starts it again, with what its file holds or without. */
  comeBack: (options: { withFile: boolean }) => Promise<void>;
}

/** Everything that a campaign runs on: two processes of each kind, and whatever they need. */
export interface Stage {
  scene: Scene;
  set: ReplicaSet;
  redis: OwnRedis;
  webs: [Web, Web];
  /** What the network calls each web process. */
  parties: [Set<string>, Set<string>];
  workers: [Child, Child];
  restartWeb: (index: 0 | 1) => Promise<void>;
  restartWorker: (index: 0 | 1) => Promise<void>;
  model: Model;
  people: People;
  close: () => Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const redisDir = await mkdtemp(path.join(tmpdir(), 'rescind-redis-'));
  const startOwnRedis = () => startRedis({ dataDir: redisDir, log: () => undefined });
  const set = await openReplicaSet();
  let redis = await startOwnRedis();
  const scene = await openScene({ MONGODB_URI: set.uri, REDIS_URL: redis.url });
  scene.company = await makeCompany(scene.ctx, { balanceMicrousd: BALANCE });
  const { env } = scene;
  // One after the other: the names that are new in the network are those of the process.
  const startKnown = async (): Promise<[Web, Set<string>]> => {
    const before = set.network.clients();
    const web = await startWeb(env);
    return [web, new Set([...set.network.clients()].filter((name) => !before.has(name)))];
  };
  const [first, itsNames] = await startKnown();
  const [second, otherNames] = await startKnown();
  const stage: Stage = {
    scene,
    set,
    redis: {
      signal: (name) => process.kill(redis.pid, name),
      kill: () => redis.kill(),
      comeBack: async ({ withFile }) => {
        if (!withFile) await rm(path.join(redisDir, 'appendonlydir'), { recursive: true });
        redis = await startOwnRedis();
        const { queues } = scene.ctx;
        await until('Redis answers', () => queues.redis.status === 'ready', LONG_MS);
      },
    },
    webs: [first, second],
    parties: [itsNames, otherNames],
    workers: [await startWorker(env), await startWorker(env)],
    restartWeb: async (index) => {
      [stage.webs[index], stage.parties[index]] = await startKnown();
    },
    restartWorker: async (index) => {
      stage.workers[index] = await startWorker(env);
    },
    model: new Model(),
    people: new People(scene),
    close: async () => {
      await scene.close();
      await Promise.all([set.close(), redis.stop()]);
      await rm(redisDir, { recursive: true, force: true });
    },
  };
  return stage;
}
