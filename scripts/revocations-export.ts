import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createContext } from '../src/create-context';
import { exportRevocations } from '../src/core/backup/export-revocations';
import { localSettings } from './services/local-settings';
import { runCommand } from './services/run-command';

const USAGE = `Usage: npm run revocations:export -- COMPANY [FILE]

Writes all revocations of a company as NDJSON to FILE, or to stdout: those of certificates, those of
consents in all regions, and the opt-outs that are remembered, for the company and for the whole
service. What was consented to is not in it, nor are emails and phone numbers, but ids of sessions and
users, keyed hashes, IP addresses and reasons: keep it like a backup.
"npm run revocations:replay -- FILE" carries them out again after an older backup was restored.`;

/** The file appears under its name once it is whole. */
async function writeFile(lines: AsyncIterable<string>, file: string): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await pipeline(Readable.from(lines), createWriteStream(partial, { mode: 0o600 }));
    await rename(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
}

async function main([companyId, file, ...rest]: string[]): Promise<number> {
  if (!companyId || companyId.startsWith('-') || rest.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const { ctx, close } = await createContext(await localSettings(), 'script');
  try {
    if (!(await ctx.store.companies.find(companyId))) throw new Error('there is no such company');
    const lines = exportRevocations({ ctx, companyId });
    await (file ? writeFile(lines, file) : pipeline(Readable.from(lines), process.stdout));
    return 0;
  } finally {
    await close();
  }
}

runCommand(main);
