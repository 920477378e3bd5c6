import { spawn, type ChildProcess } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchExit } from './exit';
import { ownFolder } from './own-folder';
import { assertPortFree, keptPort } from './ports';
import { endLeftover, endProcess, forgetPid, recordPid, sendSignal } from './processes';
import { findRedis } from './redis-binary';
import { keptSecret } from './secrets';
import type { RedisHandle, RedisStartOptions } from './types';

const HOST = '127.0.0.1';
const READY_WITHIN_MS = 60_000;
const STOP_GRACE_MS = 10_000;

/**
 * Starts a Redis of our own on 127.0.0.1 with an append-only file in `dataDir`, and answers once it
 * responds to PING. What was acknowledged before a SIGKILL is there again after the next start. It
 * asks for a password, as the port is open to every user of this machine.
 */
export async function startRedis({
  dataDir,
  port,
  log,
  password: given,
  settings = {},
  sentinel = false,
}: RedisStartOptions): Promise<RedisHandle> {
  const dir = path.resolve(dataDir);
  await ownFolder(dir);
  const pidFile = path.join(dir, 'pid');
  const chosen = await keptPort(dir, port);
  // Redis rewrites its command line to "redis-server 127.0.0.1:<port>".
  await endLeftover(pidFile, (line) => line.includes('-server ') && line.includes(`:${chosen}`));
  await assertPortFree(chosen, HOST, 'local Redis');

  const password = given ?? (await keptSecret(dir, 'password'));
  const place = { dir, port: chosen, password, settings, sentinel };
  const child = await spawnRedis(await findRedis(log), place);
  const { pid, exited } = watchExit(child);
  await recordPid(pidFile, pid);
  try {
    await waitForPong({ port: chosen, password }, exited);
  } catch (error) {
    await endProcess(pid, STOP_GRACE_MS);
    throw error;
  }
  const end = async (how: () => Promise<void> | boolean): Promise<void> => {
    await how();
    await exited;
    await forgetPid(pidFile);
  };
  return {
    url: `redis://:${encodeURIComponent(password)}@${HOST}:${chosen}`,
    pid,
    port: chosen,
    exited,
    stop: () => end(() => endProcess(pid, STOP_GRACE_MS)),
    kill: () => end(() => sendSignal(pid, 'SIGKILL')),
  };
}

interface RedisPlace {
  port: number;
  password: string;
}

interface ServerOptions {
  dir: string;
  settings: Record<string, string>;
  sentinel: boolean;
}

async function spawnRedis(
  binary: string,
  { dir, port, password, settings, sentinel }: RedisPlace & ServerOptions,
): Promise<ChildProcess> {
  const logFile = await open(path.join(dir, 'redis.log'), 'w');
  const all = {
    bind: HOST,
    port: String(port),
    dir: JSON.stringify(dir),
    loglevel: 'warning',
    requirepass: JSON.stringify(password),
    ...(!sentinel && { appendonly: 'yes', 'maxmemory-policy': 'noeviction', save: '""' }),
    ...settings,
  };
  // In a file: everybody can read a command line.
  const file = path.join(dir, 'redis.conf');
  const lines = Object.entries(all).map(([name, value]) => `${name} ${value}\n`);
  await writeFile(file, lines.join(''), { mode: 0o600 });
  try {
    // Detached: a Ctrl-C in the terminal must reach it through us only, after its clients.
    return spawn(binary, [file, ...(sentinel ? ['--sentinel'] : [])], {
      detached: true,
      stdio: ['ignore', logFile.fd, logFile.fd],
    });
  } finally {
    await logFile.close();
  }
}

async function waitForPong(place: RedisPlace, exited: Promise<string>): Promise<void> {
  const ended: string[] = [];
  void exited.then((how) => ended.push(how));
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answersPing(place))) {
    if (ended[0]) throw new Error(`The local Redis ended at start (${ended[0]}).`);
    if (Date.now() > deadline) throw new Error('The local Redis did not answer PING in time.');
    await sleep(30);
  }
}

function answersPing({ port, password }: RedisPlace): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST, () =>
      socket.write(`AUTH ${JSON.stringify(password)}\r\nPING\r\n`),
    );
    socket.setTimeout(1_000, () => socket.destroy());
    let answered = '';
    socket.on('data', (data) => {
      answered += data.toString();
      // One line for each; while it loads its file the second is -LOADING.
      if (answered.split('\r\n').length <= 2) return;
      resolve(answered === '+OK\r\n+PONG\r\n');
      socket.destroy();
    });
    // Refused while it starts: the close event that follows is the answer.
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
