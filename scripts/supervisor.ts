import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createBackoff, type Backoff } from './start/backoff';
import type { ProcfileEntry } from './start/procfile';
import { watchExit } from './services/exit';
import { endLeftover, endProcess, forgetPid, recordPid } from './services/processes';
import type { Log } from './services';

const STOP_GRACE_MS = 15_000;

/** One kind of process, started again whenever it dies. */
export interface Supervised {
  stop(): Promise<void>;
}

interface Options {
  entry: ProcfileEntry;
  env: NodeJS.ProcessEnv;
  /** Remembers the process for a next start, should this one be killed. */
  pidFile: string;
  log: Log;
}

/**
 * Runs a process of the Procfile until `stop`: its output is prefixed by its name, and when it dies
 * a line says so and it is started again, after a pause that grows while it keeps dying.
 */
export async function supervise(options: Options): Promise<Supervised> {
  await endLeftoverOf(options);
  const backoff = createBackoff();
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let current = await startOne(options);

  const keepAlive = async (): Promise<void> => {
    for (;;) {
      const how = await current.exited;
      if (isStopping()) return;
      if (!(await pauseAfter(how, options, backoff))) return;
      current = await startOne(options);
      backoff.started();
      // It was asked to stop while it started.
      if (isStopping()) await endProcess(current.pid, STOP_GRACE_MS);
    }
  };
  const ended = keepAlive();

  return {
    async stop() {
      stopping.abort();
      backoff.cancel();
      await endProcess(current.pid, STOP_GRACE_MS);
      await ended;
      await forgetPid(options.pidFile);
    },
  };
}

/** Ends what an earlier run left behind, if it was killed before it could do so itself. */
export async function endLeftoverOf({ entry, pidFile, log }: Omit<Options, 'env'>): Promise<void> {
  const words = entry.args.join(' ');
  if (await endLeftover(pidFile, (line) => line.endsWith(words))) {
    log(`Ended a ${entry.name} process that an earlier run had left behind.`);
  }
}

/** Says how it died and waits; false when it is not to be started again. */
function pauseAfter(how: string, { entry, log }: Options, backoff: Backoff): Promise<boolean> {
  const delayMs = backoff.nextDelayMs();
  log(`${entry.name} died (${how}); starting it again in ${delayMs / 1000} s.`);
  return backoff.wait(delayMs);
}

async function startOne({ entry, env, pidFile }: Options) {
  // Detached: a Ctrl-C in the terminal reaches it through us, once.
  const child = spawn(entry.command, entry.args, {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const watched = watchExit(child);
  prefixOutput(child, entry.name);
  await recordPid(pidFile, watched.pid);
  return watched;
}

/** Passes the lines of a child on, each after the child's name. */
function prefixOutput(child: ChildProcess, name: string): void {
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    if (!from) continue;
    createInterface({ input: from }).on('line', (line) => to.write(`[${name}] ${line}\n`));
  }
}
