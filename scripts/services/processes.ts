import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isErrorCode } from './error-code';

const POLL_MS = 50;

/** The command line of a live process; empty when there is none (a zombie has none either). */
export function commandLine(pid: number): string {
  if (existsSync('/proc/self/cmdline')) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    } catch (error) {
      // ESRCH: it went between the opening of the file and the reading of it.
      if (isErrorCode(error, 'ENOENT') || isErrorCode(error, 'ESRCH')) return '';
      throw error;
    }
  }
  return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
}

/** Sends a signal; false when the process has gone. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (isErrorCode(error, 'ESRCH')) return false;
    throw error;
  }
}

/** Ends a process: SIGTERM, and SIGKILL when it is still there after `graceMs`. */
export async function endProcess(pid: number, graceMs: number): Promise<void> {
  // A stopped process would not see the SIGTERM.
  sendSignal(pid, 'SIGCONT');
  sendSignal(pid, 'SIGTERM');
  if (await isGoneWithin(pid, graceMs)) return;
  sendSignal(pid, 'SIGKILL');
  if (!(await isGoneWithin(pid, 5_000))) throw new Error(`Process ${pid} survived SIGKILL.`);
}

async function isGoneWithin(pid: number, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (commandLine(pid) !== '') {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** Writes down which process serves a folder, so that a later start can find it. */
export async function recordPid(file: string, pid: number): Promise<void> {
  await writeFile(file, `${pid}\n`);
}

/** Forgets the recorded process. */
export async function forgetPid(file: string): Promise<void> {
  await rm(file, { force: true });
}

/**
 * Ends the process recorded in `file` if an earlier run left it behind. `isOurs` looks at its
 * command line, because a process id is given to strangers once its owner has gone.
 */
export async function endLeftover(
  file: string,
  isOurs: (commandLine: string) => boolean,
): Promise<boolean> {
  const pid = await readPid(file);
  if (pid === null) return false;
  const isLeftover = isOurs(commandLine(pid));
  if (isLeftover) await endProcess(pid, 10_000);
  await forgetPid(file);
  return isLeftover;
}

/** The process id that a file holds; null when there is none. */
export async function readPid(file: string): Promise<number | null> {
  try {
    const pid = Number((await readFile(file, 'utf8')).trim());
    return Number.isInteger(pid) && pid > 1 ? pid : null;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}
