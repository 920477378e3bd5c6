import { aptInstallProgram, canAptInstall } from './apt';
import { findOnPath } from './commands';
import type { Log } from './types';

/** nginx on PATH; else Debian's package when we may install it. */
export async function findNginx(log: Log): Promise<string> {
  if (findOnPath('nginx') === null && canAptInstall()) await aptInstallProgram('nginx', log);
  const found = findOnPath('nginx');
  if (found) return found;
  throw new Error('No nginx found: install nginx.');
}
