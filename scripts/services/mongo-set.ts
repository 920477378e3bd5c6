import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoMemoryServer } from 'mongodb-memory-server';
import mongoose from 'mongoose';
import { watchExit } from './exit';
import { HOST, MONGOD_ARGS, REPLICA_SET } from './mongo';
import { findMongod, type MongodBinary } from './mongod-binary';
import { ownFolder } from './own-folder';
import { assertPortFree, keptPort } from './ports';
import { endLeftover, forgetPid, recordPid, sendSignal } from './processes';
import type { Log } from './types';

const MEMBERS = 3;
/** Short, so that tests of a lost primary are; the default is ten seconds. */
const ELECTION_TIMEOUT_MS = 2_000;
const HEARTBEAT_INTERVAL_MS = 500;
const HEARTBEAT_TIMEOUT_S = 2;
/** A new primary does not wait for what an unreachable one may still have: nothing acknowledged. */
const CATCH_UP_TIMEOUT_MS = 300;
const ELECTED_WITHIN_MS = 120_000;
/** After which a member gives up one that answers no more, and copies from another; else 5 s. */
const GIVES_UP_SOON = ['--setParameter', 'oplogNetworkTimeoutBufferSeconds=1'];
/** What waits for a write that nobody makes is to be seen waiting; by default one comes every 10 s. */
const WRITES_NOTHING_ITSELF = ['--setParameter', 'writePeriodicNoops=false'];
/** Three on one machine; by default each takes half of its memory. */
const LITTLE_MEMORY = ['--wiredTigerCacheSizeGB', '0.5'];
/** Each member then says in its first message to another which one it is, as a proxy needs to know. */
const SAYS_ITS_PORT = ['--setParameter', 'enableTestCommands=1'];

/** One member of a local replica set. */
export interface MongoMember {
  /** Where it listens. */
  port: number;
  /** Where the set and its clients look for it. */
  address: string;
  signal: (name: NodeJS.Signals) => void;
  /** SIGKILL, and waits until it has gone. */
  kill: () => Promise<void>;
  /** Starts it again on its data; does nothing while it runs. */
  start: () => Promise<void>;
}

export interface MongoSetOptions {
  dataDir: string;
  log: Log;
  /** The port under which the others know the member that listens on `port`; default: the same. */
  knownPort?: (port: number) => Promise<number>;
}

/** A local replica set of three, for tests. */
export interface MongoSet {
  uri: string;
  members: MongoMember[];
  /** Kills every member: what they hold is of no more use. */
  stop: () => Promise<void>;
}

/**
 * Starts three members with their data below `dataDir`, and answers once one is primary. With one
 * of them away a majority is left, which elects another primary within seconds.
 */
export async function startMongoSet(options: MongoSetOptions): Promise<MongoSet> {
  const { dataDir, log, knownPort = (port) => Promise.resolve(port) } = options;
  await ownFolder(path.resolve(dataDir));
  const members: MongoMember[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.kill()));
  };
  try {
    for (let i = 0; i < MEMBERS; i++) {
      members.push(
        await prepareMember(path.resolve(dataDir, `member-${String(i + 1)}`), log, knownPort),
      );
    }
    await Promise.all(members.map((member) => member.start()));
    await initiate(members);
  } catch (error) {
    await stop();
    throw error;
  }
  const hosts = members.map(({ address }) => address).join(',');
  return { uri: `mongodb://${hosts}/rescind?replicaSet=${REPLICA_SET}`, members, stop };
}

async function prepareMember(
  dir: string,
  log: Log,
  knownPort: (port: number) => Promise<number>,
): Promise<MongoMember> {
  await mkdir(path.join(dir, 'db'), { recursive: true });
  const port = await keptPort(dir);
  let running: Running | null = null;
  return {
    port,
    address: `${HOST}:${String(await knownPort(port))}`,
    signal: (name) => {
      if (running) sendSignal(running.pid, name);
    },
    start: async () => {
      running ??= await startMember(dir, port, log);
    },
    kill: async () => {
      const ending = running;
      running = null;
      await ending?.kill();
    },
  };
}

interface Running {
  pid: number;
  kill: () => Promise<void>;
}

async function startMember(dir: string, port: number, log: Log): Promise<Running> {
  const dbPath = path.join(dir, 'db');
  const pidFile = path.join(dir, 'pid');
  await endLeftover(pidFile, (line) => line.includes(`--dbpath ${dbPath} `));
  await assertPortFree(port, HOST, 'member of a local MongoDB');
  const binary = await findMongod(dir, log);
  const server = createServer(binary, dbPath, port);
  await server.start();
  const mongod = server.instanceInfo?.instance.mongodProcess;
  if (!mongod) throw new Error('A member of the local MongoDB ended at start.');
  const { pid, exited } = watchExit(mongod);
  await recordPid(pidFile, pid);
  return {
    pid,
    kill: async () => {
      sendSignal(pid, 'SIGKILL');
      await exited;
      // Lets the library end the watchdog process that it keeps beside each mongod.
      await server.stop({ doCleanup: false, force: false });
      await binary.cleanUp();
      await forgetPid(pidFile);
    },
  };
}

function createServer(binary: MongodBinary, dbPath: string, port: number): MongoMemoryServer {
  // The version was looked at when the program was found.
  process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK = 'false';
  return new MongoMemoryServer({
    binary: { systemBinary: binary.command },
    instance: {
      port,
      // The set remembers its members' ports.
      portGeneration: false,
      dbPath,
      replSet: REPLICA_SET,
      storageEngine: 'wiredTiger',
      args: [
        ...MONGOD_ARGS,
        ...LITTLE_MEMORY,
        ...GIVES_UP_SOON,
        ...WRITES_NOTHING_ITSELF,
        ...SAYS_ITS_PORT,
      ],
      launchTimeout: binary.launchTimeoutMs,
    },
    // Detached: a Ctrl-C in the terminal must reach it through us only, after its clients.
    spawn: { detached: true },
  });
}

async function initiate(members: MongoMember[]): Promise<void> {
  const [first] = members;
  const client = new mongoose.mongo.MongoClient(`mongodb://${HOST}:${String(first?.port)}/admin`, {
    directConnection: true,
  });
  const admin = client.db('admin');
  try {
    await admin.command({
      replSetInitiate: {
        _id: REPLICA_SET,
        members: members.map(({ address }, i) => ({ _id: i, host: address })),
        settings: {
          electionTimeoutMillis: ELECTION_TIMEOUT_MS,
          heartbeatIntervalMillis: HEARTBEAT_INTERVAL_MS,
          heartbeatTimeoutSecs: HEARTBEAT_TIMEOUT_S,
          catchUpTimeoutMillis: CATCH_UP_TIMEOUT_MS,
        },
      },
    });
    const deadline = Date.now() + ELECTED_WITHIN_MS;
    while (!(await hasPrimary(admin))) {
      if (Date.now() > deadline) throw new Error('The local MongoDB elected no primary in time.');
      await sleep(100);
    }
  } finally {
    await client.close();
  }
}

/** Whether a primary is known to this member, and the others have all data. */
async function hasPrimary(admin: mongoose.mongo.Db): Promise<boolean> {
  const { members } = (await admin.command({ replSetGetStatus: 1 })) as {
    members: { stateStr: string }[];
  };
  const states = members.map(({ stateStr }) => stateStr).sort();
  return states.join() === 'PRIMARY,SECONDARY,SECONDARY';
}
