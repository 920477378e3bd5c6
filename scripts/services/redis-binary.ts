import { aptInstallProgram, canAptInstall } from './apt';
import { findOnPath } from './commands';
import type { Log } from './types';

/** `redis-server` or `valkey-server` on PATH; else Debian's package when we may install it. */
export async function findRedis(log: Log): Promise<string> {
  const found = findOnPath('redis-server') ?? findOnPath('valkey-server');
  if (found) return found;
  if (canAptInstall()) {
    await aptInstallProgram('redis-server', log);
    const installed = findOnPath('redis-server');
    if (installed) return installed;
  }
  throw new Error('No Redis found: install redis-server 7 (or valkey-server), or set REDIS_URL.');
}
