import type { ChildProcess } from 'node:child_process';

/**
 * The id of a child that has just been spawned, and a promise of how it ends. Should this process
 * crash or leave without stopping it, the child is killed on the way out.
 */
export function watchExit(child: ChildProcess): { pid: number; exited: Promise<string> } {
  const { pid } = child;
  if (pid === undefined) throw new Error(`${child.spawnfile} could not be started.`);
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const exited = new Promise<string>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(describeExit(child));
    child.once('exit', () => resolve(describeExit(child)));
  });
  void exited.then(() => process.off('exit', killOnExit));
  return { pid, exited };
}

function describeExit(child: ChildProcess): string {
  return child.signalCode ? `signal ${child.signalCode}` : `code ${child.exitCode}`;
}
