import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createContext } from '../src/create-context';
import { originOf, verifyLog } from '../src/core/proof/verify-log';
import { REGIONS } from '../src/store/regions';
import { localSettings } from './services/local-settings';
import { runCommand } from './services/run-command';

const USAGE = `Usage: npm run proof:verify -- [--checkpoint FILE]

Recomputes the log of each region from the database: its records, its tree and tiles, its published
checkpoint, and the audit entries and pages of the ledger that the records are about. Says of each region
in one line that it is sound, or names the first that was edited, deleted, reordered or put in.
  --checkpoint FILE  an older checkpoint that somebody has kept (GET /log/checkpoint): the log contains it
Exit code 0: all are sound; 1: one is not. Changes nothing, and may run while the service does.`;

function readOptions(args: string[]): { checkpoint?: string | undefined } | null {
  try {
    return parseArgs({ args, options: { checkpoint: { type: 'string' } } }).values;
  } catch {
    return null;
  }
}

/** In a terminal, how far it has come, on a line of its own. */
function showProgress(region: string, done: number, size: number): void {
  if (!process.stderr.isTTY) return;
  const end = done === size ? '\r\u001b[K' : '';
  process.stderr.write(`\r${region}: ${String(done)} of ${String(size)} records${end}`);
}

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (!options) {
    console.error(USAGE);
    return 2;
  }
  const { checkpoint: file } = options;
  const kept = file === undefined ? undefined : await readFile(file, 'utf8');
  const origin = kept === undefined ? null : originOf(kept);
  if (kept !== undefined && origin === null) throw new Error(`${String(file)} is no checkpoint`);
  const { ctx, close } = await createContext(await localSettings(), 'script');
  try {
    const known = await Promise.all(REGIONS.map((one) => ctx.store.regions[one].proofLog.heads()));
    if (origin !== null && !known.flat().some((head) => head.origin === origin)) {
      throw new Error(`${String(file)} is of ${origin}, which is no log here`);
    }
    let isSound = true;
    for (const region of REGIONS) {
      const onProgress = (done: number, size: number) => {
        showProgress(region, done, size);
      };
      const verdict = await verifyLog({ ctx, region, kept, onProgress });
      console.log(verdict.line);
      isSound &&= verdict.isSound;
    }
    return isSound ? 0 : 1;
  } finally {
    await close();
  }
}

runCommand(main);
