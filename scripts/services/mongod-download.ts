import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MongoBinary } from 'mongodb-memory-server';
import { cacheDir } from './cache-dir';
import { isErrorCode } from './error-code';
import type { Log } from './types';

// The same version as the portable build: all machines then behave alike.
const VERSION = '7.0.15';
const FAILURE_KEPT_MS = 6 * 60 * 60_000;

function failureFile(): string {
  return path.join(cacheDir(), 'mongod-download-failed');
}

/** MongoDB's own build for this machine, from the cache or the network; null when out of reach. */
export async function downloadMongod(log: Log): Promise<string | null> {
  const downloadDir = path.join(cacheDir(), 'mongodb');
  await mkdir(downloadDir, { recursive: true });
  const notice = setTimeout(() => log(`Downloading MongoDB ${VERSION}…`), 1_000);
  try {
    const command = await MongoBinary.getPath({ version: VERSION, downloadDir });
    await rm(failureFile(), { force: true });
    return command;
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split(
      /, Details:|\n/,
    )[0];
    log(`MongoDB's download is out of reach: ${reason}`);
    await writeFile(failureFile(), new Date().toISOString());
    return null;
  } finally {
    clearTimeout(notice);
  }
}

/** Whether the download failed in the last hours: it takes seconds to fail, each time. */
export async function hasFailedLately(): Promise<boolean> {
  try {
    const failedAt = Date.parse(await readFile(failureFile(), 'utf8'));
    return Date.now() - failedAt < FAILURE_KEPT_MS;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return false;
    throw error;
  }
}
