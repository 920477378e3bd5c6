import path from 'node:path';
import { ownFolder } from '../services/own-folder';
import { commandLine, forgetPid, readPid, recordPid } from '../services/processes';

/** Makes sure that only one `npm start` works on a data folder; gives back how to let go of it. */
export async function holdRunLock(dataDir: string): Promise<() => Promise<void>> {
  await ownFolder(dataDir);
  const file = path.join(dataDir, 'start.pid');
  const owner = await readPid(file);
  if (owner !== null && owner !== process.pid && commandLine(owner).includes('scripts/start.ts')) {
    throw new Error(`Rescind already runs from this folder (process ${owner}); stop that first.`);
  }
  await recordPid(file, process.pid);
  return () => forgetPid(file);
}
