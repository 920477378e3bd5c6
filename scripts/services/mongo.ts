import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { MongoMemoryReplSet } from 'mongodb-memory-server';
import { watchExit } from './exit';
import { findMongod, type MongodBinary } from './mongod-binary';
import { ownFolder } from './own-folder';
import { assertPortFree, keptPort } from './ports';
import { endLeftover, forgetPid, recordPid, sendSignal } from './processes';
import type { MongoHandle, MongoStartOptions } from './types';

export const HOST = '127.0.0.1';
export const REPLICA_SET = 'rescind';
const MAX_OPLOG_MB = 1024;
/** Every index is an open file, and the limit is low: what is idle is closed within seconds. */
const FEW_OPEN_FILES =
  'file_manager=(close_idle_time=5,close_scan_interval=2,close_handle_minimum=100)';
export const MONGOD_ARGS = [
  '--oplogSize',
  String(MAX_OPLOG_MB),
  '--wiredTigerEngineConfigString',
  FEW_OPEN_FILES,
];

/** A replica set remembers its port: the library must fail rather than take another one. */
class FixedPortReplSet extends MongoMemoryReplSet {
  protected override getInstanceOpts(
    ...args: Parameters<MongoMemoryReplSet['getInstanceOpts']>
  ): ReturnType<MongoMemoryReplSet['getInstanceOpts']> {
    const options = { ...super.getInstanceOpts(...args), portGeneration: false };
    return options;
  }
}

/**
 * Starts a MongoDB replica set of one with its data in `dataDir`, and answers once it is primary.
 * What was written with majority before a SIGKILL is there again after the next start.
 */
export async function startMongo(options: MongoStartOptions): Promise<MongoHandle> {
  const { dataDir, port, log } = options;
  const dir = path.resolve(dataDir);
  const dbPath = path.join(dir, 'db');
  await ownFolder(dir);
  await mkdir(dbPath, { recursive: true });
  const pidFile = path.join(dir, 'pid');
  const chosen = await keptPort(dir, port);
  if (await endLeftover(pidFile, (line) => line.includes(`--dbpath ${dbPath} `))) {
    log('Ended a mongod that an earlier run had left behind.');
  }
  await assertPortFree(chosen, HOST, 'local MongoDB');

  const binary = await findMongod(dir, log);
  const replSet = createReplSet(binary, dbPath, chosen, options);
  await replSet.start();
  const mongod = replSet.servers[0]?.instanceInfo?.instance.mongodProcess;
  if (!mongod) throw new Error('The local MongoDB ended at start.');
  const { pid, exited } = watchExit(mongod);
  await recordPid(pidFile, pid);

  const end = async (how: () => Promise<unknown>): Promise<void> => {
    await how();
    await exited;
    // Lets the library end the watchdog process that it keeps beside each mongod.
    await replSet.stop({ doCleanup: false, force: false });
    await binary.cleanUp();
    await forgetPid(pidFile);
  };
  return {
    uri: replSet.getUri('rescind'),
    mayHang: binary.mayHang,
    pid,
    port: chosen,
    exited,
    stop: () =>
      end(async () => {
        // A stopped process could not shut itself down.
        if (sendSignal(pid, 'SIGCONT')) await replSet.stop({ doCleanup: false, force: false });
      }),
    kill: () => end(() => Promise.resolve(sendSignal(pid, 'SIGKILL'))),
  };
}

function createReplSet(
  binary: MongodBinary,
  dbPath: string,
  port: number,
  { root, args = [] }: MongoStartOptions,
): MongoMemoryReplSet {
  // The version was looked at when the program was found.
  process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK = 'false';
  return new FixedPortReplSet({
    binary: { systemBinary: binary.command },
    instanceOpts: [{ port, dbPath, launchTimeout: binary.launchTimeoutMs }],
    replSet: {
      name: REPLICA_SET,
      count: 1,
      storageEngine: 'wiredTiger',
      args: [...MONGOD_ARGS, ...args],
      ...(root && {
        auth: { enable: true, customRootName: root.name, customRootPwd: root.password },
      }),
      // Detached: a Ctrl-C in the terminal must reach it through us only, after its clients.
      spawn: { detached: true },
    },
  });
}
