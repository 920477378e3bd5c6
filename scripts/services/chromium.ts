import { aptInstall, canAptInstall } from './apt';
import { findOnPath } from './commands';
import type { Log } from './types';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A Chromium or Chrome on PATH; else Debian's package when we may install it. */
export async function findChromium(log: Log): Promise<string> {
  const found = onPath();
  if (found) return found;
  if (canAptInstall()) {
    await aptInstall(['chromium'], log);
    const installed = onPath();
    if (installed) return installed;
  }
  throw new Error('No Chromium found: install chromium (or Chrome), or set TEST_CHROMIUM.');
}

function onPath(): string | null {
  return NAMES.map(findOnPath).find((path) => path !== null) ?? null;
}
