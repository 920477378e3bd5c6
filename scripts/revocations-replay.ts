import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createContext } from '../src/create-context';
import { type Replayed, replayRevocations } from '../src/core/backup/replay-revocations';
import { localSettings } from './services/local-settings';
import { runCommand } from './services/run-command';

const USAGE = `Usage: npm run revocations:replay -- FILE|-

Carries the revocations of an export out again, after an older backup was restored. Nothing is done
unless the file is whole; it may be repeated and interrupted, and it never un-revokes anything. What
opt-outs had remembered is remembered again, that for the whole service, too.`;

const PROGRESS_EVERY_MS = 5_000;

/** Keeps stdin in a file while `work` runs: an export is read twice. */
async function withStdin<T>(work: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rescind-replay-'));
  try {
    const file = path.join(folder, 'export.ndjson');
    await pipeline(process.stdin, createWriteStream(file, { mode: 0o600 }));
    return await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function replay(file: string): Promise<Replayed> {
  const { ctx, close } = await createContext(await localSettings(), 'script');
  try {
    const open = () => createReadStream(file);
    const replayed = await replayRevocations({ ctx, open, progress: tellProgress() });
    if (!(await ctx.store.companies.find(replayed.companyId))) {
      console.error(`There is no company ${replayed.companyId} here; it is replayed anyway.`);
    }
    return replayed;
  } finally {
    await close();
  }
}

/** Says every few seconds how far it is. */
function tellProgress(): (lines: number) => void {
  let saidAt = performance.now();
  return (lines) => {
    if (performance.now() - saidAt < PROGRESS_EVERY_MS) return;
    saidAt = performance.now();
    console.error(`${String(lines)} lines replayed`);
  };
}

function report(replayed: Replayed): number {
  const { companyId, exportedAt, conflicts, of_consents, of_suppressions } = replayed;
  console.log(
    [
      `company ${companyId}, exported at ${exportedAt.toISOString()}`,
      `revocations       ${String(replayed.revocations)}`,
      `certificates      ${String(replayed.certificates)}`,
      `  revoked now     ${String(replayed.revoked)}`,
      `  as tombstones   ${String(replayed.tombstones)}`,
      `  revoked already ${String(replayed.already_revoked)}`,
      `  without a place ${String(conflicts.length)}`,
      `of consents       ${String(replayed.consent_revocations)}`,
      `consents          ${String(replayed.consents)}`,
      `  revoked now     ${String(of_consents.revoked)}`,
      `  as tombstones   ${String(of_consents.tombstones)}`,
      `  revoked already ${String(of_consents.already_revoked)}`,
      `opt-outs          ${String(replayed.suppressions)}`,
      `  remembered now  ${String(of_suppressions.remembered)}`,
      `  known already   ${String(of_suppressions.already_remembered)}`,
    ].join('\n'),
  );
  for (const id of conflicts) {
    console.error(`${id}: not replayed, its session has another certificate here`);
  }
  return conflicts.length > 0 ? 1 : 0;
}

async function main([file, ...rest]: string[]): Promise<number> {
  if (!file || (file.startsWith('-') && file !== '-') || rest.length > 0) {
    console.error(USAGE);
    return 2;
  }
  return report(await (file === '-' ? withStdin(replay) : replay(file)));
}

runCommand(main);
