import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { findOnPath, run } from './commands';
import type { Log } from './types';

const APT_TIMEOUT_MS = 10 * 60_000;
const DISABLE_TIMEOUT_MS = 60_000;

/** Whether this process may install Debian packages. */
export function canAptInstall(): boolean {
  return process.getuid?.() === 0 && findOnPath('apt-get') !== null;
}

/** Installs Debian packages without questions; refreshes the package lists when it must. */
export async function aptInstall(packages: string[], log: Log): Promise<void> {
  log(`Installing ${packages.join(' ')} with apt-get…`);
  try {
    await aptGet(['install', '-y', '--no-install-recommends', ...packages]);
  } catch {
    // A new machine has no package lists, an old one stale ones: refresh, then fail for real.
    await aptGet(['update']);
    await aptGet(['install', '-y', '--no-install-recommends', ...packages]);
  }
  log(`Installed ${packages.join(' ')}.`);
}

const POLICY_FILE = '/usr/sbin/policy-rc.d';

/** Installs a server's program only: its package would start and enable a service. */
export async function aptInstallProgram(name: string, log: Log): Promise<void> {
  const addsPolicy = !existsSync(POLICY_FILE);
  if (addsPolicy) await writeFile(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await aptInstall([name], log);
  } finally {
    if (addsPolicy) await rm(POLICY_FILE);
  }
  await run('update-rc.d', [name, 'disable'], { timeoutMs: DISABLE_TIMEOUT_MS });
}

async function aptGet(args: string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Wait for another apt-get on this machine rather than fail.
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=120'];
  await run('apt-get', [...options, ...args], { env, timeoutMs: APT_TIMEOUT_MS });
}
