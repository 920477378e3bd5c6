import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createBackoff, type Backoff } from './services/backoff';
import type { ProcfileEntry } from './start/procfile';
import { watchExit } from './services/exit';
import { endLeftover, endProcess, forgetPid, recordPid } from './services/processes';
import type { Output } from './start/output';

const STOP_GRACE_MS = 15_000;
/** What web and worker log once they are up. */
const READY = /"msg":"(listening|worker ready)"/;

/** One kind of process, started again whenever it dies. */
export interface Supervised {
  /** Whether it has said so in its present life; it does so at the log level `info` or lower only. */
  isReady(): boolean;
  stop(): Promise<void>;
}

interface Options {
  entry: ProcfileEntry;
  env: NodeJS.ProcessEnv;
  /** Remembers the process for a next start, should this one be killed. */
  pidFile: string;
  output: Output;
  /** Called when it has been started again. */
  onRestart: () => void;
}

/**
 * Runs a process of the Procfile until `stop`: its lines are passed on under its name, and when it dies
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
      options.onRestart();
      // It was asked to stop while it started.
      if (isStopping()) await endProcess(current.pid, STOP_GRACE_MS);
    }
  };
  const ended = keepAlive();

  return {
    isReady: () => current.isReady(),
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
export async function endLeftoverOf({
  entry,
  pidFile,
  output,
}: Pick<Options, 'entry' | 'pidFile' | 'output'>): Promise<void> {
  const words = entry.args.join(' ');
  if (await endLeftover(pidFile, (line) => line.endsWith(words))) {
    output.log(`Ended a ${entry.name} process that an earlier run had left behind.`);
  }
}

/** Says how it died and waits; false when it is not to be started again. */
function pauseAfter(how: string, { entry, output }: Options, backoff: Backoff): Promise<boolean> {
  const delayMs = backoff.nextDelayMs();
  output.log(`${entry.name} died (${how}); starting it again in ${delayMs / 1000} s.`);
  return backoff.wait(delayMs);
}

async function startOne({ entry, env, pidFile, output }: Options) {
  // Detached: a Ctrl-C in the terminal reaches it through us, once.
  const child = spawn(entry.command, entry.args, {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const watched = watchExit(child);
  let isReady = false;
  passLines(child, (line, to) => {
    isReady ||= READY.test(line);
    output.pass(entry.name, line, to);
  });
  await recordPid(pidFile, watched.pid);
  return { ...watched, isReady: () => isReady };
}

/** Passes the lines of a child on, each to where it would have gone. */
function passLines(
  child: ChildProcess,
  pass: (line: string, to: NodeJS.WritableStream) => void,
): void {
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    if (from) createInterface({ input: from }).on('line', (line) => pass(line, to));
  }
}
