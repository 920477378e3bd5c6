import { aptInstall, canAptInstall } from './apt';
import { findOnPath } from './commands';
import type { Log } from './types';

/** What the client examples are written for besides Node.js; Debian's packages have the same names. */
const TOOLS = ['curl', 'python3'];

/** Makes sure that curl and python3 are on PATH: by Debian's packages when we may install them. */
export async function ensureClientTools(log: Log): Promise<void> {
  if (missing().length > 0 && canAptInstall()) await aptInstall(missing(), log);
  if (missing().length > 0) {
    throw new Error(`The client examples cannot run: install ${missing().join(' and ')}.`);
  }
}

function missing(): string[] {
  return TOOLS.filter((name) => findOnPath(name) === null);
}
