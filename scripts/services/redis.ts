import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchExit } from './exit';
import { assertPortFree, keptPort } from './ports';
import { endLeftover, endProcess, forgetPid, recordPid, sendSignal } from './processes';
import { findRedis } from './redis-binary';
import type { RedisHandle, StartOptions } from './types';

const HOST = '127.0.0.1';
const READY_WITHIN_MS = 60_000;
const STOP_GRACE_MS = 10_000;

/**
 * Starts a Redis of our own on 127.0.0.1 with an append-only file in `dataDir`, and answers once it
 * responds to PING. What was acknowledged before a SIGKILL is there again after the next start.
 */
export async function startRedis({ dataDir, port, log }: StartOptions): Promise<RedisHandle> {
  const dir = path.resolve(dataDir);
  await mkdir(dir, { recursive: true });
  const pidFile = path.join(dir, 'pid');
  const chosen = await keptPort(dir, port);
  // Redis rewrites its command line to "redis-server 127.0.0.1:<port>".
  await endLeftover(pidFile, (line) => line.includes('-server ') && line.includes(`:${chosen}`));
  await assertPortFree(chosen, HOST, 'local Redis');

  const child = await spawnRedis(await findRedis(log), dir, chosen);
  const { pid, exited } = watchExit(child);
  await recordPid(pidFile, pid);
  try {
    await waitForPong(chosen, exited);
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
    url: `redis://${HOST}:${chosen}`,
    pid,
    port: chosen,
    exited,
    stop: () => end(() => endProcess(pid, STOP_GRACE_MS)),
    kill: () => end(() => sendSignal(pid, 'SIGKILL')),
  };
}

async function spawnRedis(binary: string, dir: string, port: number): Promise<ChildProcess> {
  const logFile = await open(path.join(dir, 'redis.log'), 'w');
  const settings = {
    bind: HOST,
    port: String(port),
    dir,
    appendonly: 'yes',
    'maxmemory-policy': 'noeviction',
    save: '',
    loglevel: 'warning',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  try {
    // Detached: a Ctrl-C in the terminal must reach it through us only, after its clients.
    return spawn(binary, args, { detached: true, stdio: ['ignore', logFile.fd, logFile.fd] });
  } finally {
    await logFile.close();
  }
}

async function waitForPong(port: number, exited: Promise<string>): Promise<void> {
  const ended: string[] = [];
  void exited.then((how) => ended.push(how));
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answersPing(port))) {
    if (ended[0]) throw new Error(`The local Redis ended at start (${ended[0]}).`);
    if (Date.now() > deadline) throw new Error('The local Redis did not answer PING in time.');
    await sleep(30);
  }
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST, () => socket.write('PING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (data) => {
      // While it loads its file it answers -LOADING.
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    // Refused while it starts: the close event that follows is the answer.
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
