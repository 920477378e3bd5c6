import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { program } from '../helpers/program';
import { client, type Service } from '../helpers/service';

const KEPT_LINES = 60;

/** A process of the service itself, apart from this one as in production. */
export interface Child {
  pid: number;
  /** Settles with "code 0" or "signal SIGKILL" once it has gone. */
  exited: Promise<string>;
  /** How it has ended; null while it runs. */
  ended: () => string | null;
  signal: (name: NodeJS.Signals) => void;
  /** SIGKILL, and waits until it has gone. */
  kill: () => Promise<void>;
  /** How many lines with this message it has logged; `call`: how many calls it has answered. */
  count: (message: string) => number;
}

/** A web process, and what calls it. */
export type Web = Child & Pick<Service, 'call' | 'post' | 'get'> & { url: string };

type LogLine = Record<string, unknown> & { msg?: string };

const children = new Set<Child>();

/** Starts the API, and answers once it listens. */
export async function startWeb(env: Record<string, string>): Promise<Web> {
  const { child, line } = await start('src/server.ts', 'listening', env);
  const url = `http://127.0.0.1:${String(line.port)}`;
  return { ...child, url, ...client(url) };
}

/** Starts a worker, and answers once it works. */
export async function startWorker(env: Record<string, string>): Promise<Child> {
  return (await start('workers/main.ts', 'worker ready', env)).child;
}

/** Kills every process that is still there: for afterAll. */
export async function killAll(): Promise<void> {
  await Promise.all([...children].map((child) => child.kill()));
}

/** @throws with the last lines that it wrote when it ends before it is ready */
async function start(
  file: string,
  readyMessage: string,
  env: Record<string, string>,
): Promise<{ child: Child; line: LogLine }> {
  const [node, ...args] = program(file);
  const spawned = spawn(node, args, {
    env: { ...process.env, ...env, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const tail: string[] = [];
  const counts = new Map<string, number>();
  const child = watch(spawned, counts);
  const line = await new Promise<LogLine>((resolve, reject) => {
    const read = (text: string): void => {
      tail.push(text);
      if (tail.length > KEPT_LINES) tail.shift();
      const said: LogLine =
        text.startsWith('{') && text.endsWith('}') ? (JSON.parse(text) as LogLine) : {};
      const message = said.msg ?? (said.route === undefined ? undefined : 'call');
      if (message === undefined) return;
      counts.set(message, (counts.get(message) ?? 0) + 1);
      if (said.msg === readyMessage) resolve(said);
    };
    createInterface({ input: spawned.stdout }).on('line', read);
    createInterface({ input: spawned.stderr }).on('line', read);
    void child.exited.then((how) =>
      reject(new Error(`${file} ended with ${how} before "${readyMessage}":\n${tail.join('\n')}`)),
    );
  });
  return { child, line };
}

function watch(spawned: ChildProcess, counts: Map<string, number>): Child {
  const { pid } = spawned;
  if (pid === undefined) throw new Error('no process could be started');
  let ended: string | null = null;
  const exited = new Promise<string>((resolve) => {
    spawned.once('exit', (code, signal) => {
      ended = signal ? `signal ${signal}` : `code ${String(code)}`;
      children.delete(child);
      resolve(ended);
    });
  });
  const child: Child = {
    pid,
    exited,
    ended: () => ended,
    signal: (name) => spawned.kill(name),
    kill: async () => {
      if (ended === null) spawned.kill('SIGKILL');
      await exited;
    },
    count: (message) => counts.get(message) ?? 0,
  };
  children.add(child);
  return child;
}
