import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { aptInstall, canAptInstall } from './apt';
import { findOnPath, run } from './commands';
import type { Log } from './types';

const POLICY_FILE = '/usr/sbin/policy-rc.d';

/** `redis-server` or `valkey-server` on PATH; else Debian's package when we may install it. */
export async function findRedis(log: Log): Promise<string> {
  const found = findOnPath('redis-server') ?? findOnPath('valkey-server');
  if (found) return found;
  if (canAptInstall()) {
    await installRedis(log);
    const installed = findOnPath('redis-server');
    if (installed) return installed;
  }
  throw new Error('No Redis found: install redis-server 7 (or valkey-server), or set REDIS_URL.');
}

/** Installs the program only: the package would start and enable a service on 6379. */
async function installRedis(log: Log): Promise<void> {
  const addsPolicy = !existsSync(POLICY_FILE);
  if (addsPolicy) await writeFile(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await aptInstall(['redis-server'], log);
  } finally {
    if (addsPolicy) await rm(POLICY_FILE);
  }
  await run('update-rc.d', ['redis-server', 'disable'], { timeoutMs: 60_000 });
}
