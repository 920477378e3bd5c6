import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { watchExit } from '../services/exit';

/** As the Procfile has them for workers. */
const NODE_OPTIONS = ['--max-old-space-size=512', '--import', 'tsx'];

/** A program under measurement, in a process of its own. */
export interface Child {
  /** What it said when it was ready. */
  ready: Record<string, unknown>;
  pid: number;
  stop: () => Promise<void>;
}

/**
 * Starts a TypeScript program and waits for a JSON line on its stdout that `isReady` accepts.
 * @throws when it ends before that
 */
export async function startChild(
  file: string,
  env: Record<string, string>,
  isReady: (line: Record<string, unknown>) => boolean,
): Promise<Child> {
  const child = spawn(process.execPath, [...NODE_OPTIONS, file], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { pid, exited } = watchExit(child);
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    void exited.then((how) => reject(new Error(`${file} ended with ${how}`)));
    const lines = createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const said = JSON.parse(line) as Record<string, unknown>;
      if (!isReady(said)) return;
      // The load comes from this process: it must not read a log line for each answer.
      lines.close();
      child.stdout.resume();
      resolve(said);
    });
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  return { ready, pid, stop };
}
