import { aptInstall, canAptInstall } from './apt';
import { findOnPath } from './commands';
import type { Log } from './types';

/** Chromium without windows comes first: it needs a quarter less of the processor. */
const NAMES = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
];
/** Older Debians have only the second. */
const PACKAGES = ['chromium-headless-shell', 'chromium'];

/** A Chromium or Chrome on PATH; else Debian's package when we may install it. */
export async function findChromium(log: Log): Promise<string> {
  const found = onPath() ?? (canAptInstall() ? await installed(log) : null);
  if (found) return found;
  throw new Error('No Chromium found: install chromium (or Chrome), or set TEST_CHROMIUM.');
}

async function installed(log: Log): Promise<string | null> {
  for (const name of PACKAGES) {
    try {
      await aptInstall([name], log);
      return onPath();
    } catch (error) {
      if (name === PACKAGES.at(-1)) throw error;
      log(`${name} could not be installed.`);
    }
  }
  return null;
}

function onPath(): string | null {
  return NAMES.map(findOnPath).find((path) => path !== null) ?? null;
}
