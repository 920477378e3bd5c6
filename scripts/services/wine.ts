import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { aptInstall, canAptInstall } from './apt';
import { cacheDir } from './cache-dir';
import { findOnPath, run } from './commands';
import { isErrorCode } from './error-code';
import type { Log } from './types';

const BOOT_TIMEOUT_MS = 180_000;

/** Makes sure that the command `wine` is there. */
export async function ensureWine(log: Log): Promise<void> {
  if (findOnPath('wine')) return;
  if (canAptInstall()) await aptInstall(['wine', 'wine64'], log);
  if (!findOnPath('wine')) {
    throw new Error('No mongod found: install MongoDB 7 or newer (or wine), or set MONGODB_URI.');
  }
}

/** What Wine needs to know to work quietly in `prefix`. */
export function wineEnvironment(prefix: string): Record<string, string> {
  return {
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree=;mshtml=;msvcp140=n,b',
  };
}

/**
 * A prefix of its own for one data folder, so that ending its helpers ends nobody else's. It owns
 * its registry only; the 700 MB of system files are shared with the cached template.
 */
export async function winePrefixFor(dataDir: string, log: Log): Promise<string> {
  const prefix = path.join(dataDir, 'wine');
  const template = await ensureTemplate(log);
  await rm(prefix, { recursive: true, force: true });
  await mkdir(prefix, { recursive: true });
  for (const entry of await readdir(template)) {
    if (entry === 'drive_c') await symlink(path.join(template, entry), path.join(prefix, entry));
    else await copyEntry(path.join(template, entry), path.join(prefix, entry));
  }
  return prefix;
}

async function copyEntry(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

/** Ends all Wine processes of a prefix. */
export async function stopWine(prefix: string): Promise<void> {
  try {
    await run('wineserver', ['-k'], { env: fullEnvironment(prefix), timeoutMs: 30_000 });
  } catch (error) {
    // Code 1: there was nothing to end.
    if (!(error instanceof Error && 'code' in error && error.code === 1)) throw error;
  }
}

/** A prefix made once (about 7 s) for each version of Wine. */
async function ensureTemplate(log: Log): Promise<string> {
  const version = (await run('wine', ['--version'], { timeoutMs: 30_000 })).trim();
  const template = path.join(cacheDir(), `prefix-${version.replaceAll(/[^\w.-]+/g, '-')}`);
  if (existsSync(template)) return template;
  log('Preparing Wine, once, for about ten seconds…');
  await mkdir(cacheDir(), { recursive: true });
  const draft = await mkdtemp(path.join(cacheDir(), 'prefix-draft-'));
  const env = fullEnvironment(draft);
  await run('wine', ['wineboot', '-i'], { env, timeoutMs: BOOT_TIMEOUT_MS });
  await run('wineserver', ['-w'], { env, timeoutMs: BOOT_TIMEOUT_MS });
  try {
    await rename(draft, template);
  } catch (error) {
    // Somebody else was faster: theirs is as good as ours.
    if (!isErrorCode(error, 'ENOTEMPTY') && !isErrorCode(error, 'EEXIST')) throw error;
    await rm(draft, { recursive: true });
  }
  return template;
}

function fullEnvironment(prefix: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ...wineEnvironment(prefix) };
  // A window system would only get windows in the way.
  delete env.DISPLAY;
  delete env.WAYLAND_DISPLAY;
  return env;
}
