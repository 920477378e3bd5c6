import { findOnPath, run } from './commands';
import { downloadMongod, hasFailedLately } from './mongod-download';
import { portableMongod } from './mongod-portable';
import type { Log } from './types';

const OLDEST_MAJOR_VERSION = 7;

/** A program to run as mongod for one data folder. */
export interface MongodBinary {
  command: string;
  /** How long a start may take. */
  launchTimeoutMs: number;
  /** Whether it is known to stop answering without ending. */
  mayHang: boolean;
  /** Ends whatever the program needed beside itself; called after it has gone. */
  cleanUp(): Promise<void>;
}

/**
 * Finds a mongod in this order: 7 or newer on PATH; MongoDB's own download; the portable build.
 * To try one of them by hand set `RESCIND_MONGOD_SOURCE` to `path`, `download` or `portable`.
 */
export async function findMongod(dataDir: string, log: Log): Promise<MongodBinary> {
  const forced = process.env.RESCIND_MONGOD_SOURCE;
  if (forced) return findForced(forced, dataDir, log);

  const onPath = await mongodOnPath(log);
  if (onPath) return native(onPath);
  const skipsDownload = await hasFailedLately();
  if (!skipsDownload) {
    const downloaded = await downloadMongod(log);
    if (downloaded) return native(downloaded);
  }
  try {
    return await portableMongod(dataDir, log);
  } catch (error) {
    // Better a slow failure than a remembered one where the network has come back.
    const downloaded = skipsDownload ? await downloadMongod(log) : null;
    if (downloaded) return native(downloaded);
    throw error;
  }
}

async function findForced(source: string, dataDir: string, log: Log): Promise<MongodBinary> {
  if (source === 'portable') return portableMongod(dataDir, log);
  if (source !== 'path' && source !== 'download') {
    throw new Error('RESCIND_MONGOD_SOURCE must be path, download or portable.');
  }
  const command = source === 'path' ? await mongodOnPath(log) : await downloadMongod(log);
  if (!command) throw new Error(`RESCIND_MONGOD_SOURCE=${source} gave no mongod 7 or newer.`);
  return native(command);
}

async function mongodOnPath(log: Log): Promise<string | null> {
  const found = findOnPath('mongod');
  if (!found) return null;
  const output = await run(found, ['--version'], { timeoutMs: 30_000 });
  const version = /db version v((\d+)[\d.]*)/.exec(output);
  if (version && Number(version[2]) >= OLDEST_MAJOR_VERSION) return found;
  log(`mongod on PATH is ${version?.[1] ?? 'of unknown version'}, too old: looking further.`);
  return null;
}

function native(command: string): MongodBinary {
  return { command, launchTimeoutMs: 60_000, mayHang: false, cleanUp: () => Promise.resolve() };
}
