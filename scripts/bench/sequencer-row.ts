import type { Context } from '../../src/context';
import { leafHash } from '../../src/lib/tlog/merkle';
import type { LogRecord } from '../../src/store/proof-log';
import { collections, database } from '../services/collections';
import { makeCompanies } from './data';
import { median } from './load';
import { growNow, recordMuch } from './logged-data';
import type { Part } from './part';

const ROUNDS = 5;
const COUNTS = { entries: 5_000, pages: 5_000 };
const LEAVES = COUNTS.entries + COUNTS.pages;
const CERTIFICATES = 1_000;

/** Leaves that are put into the log per second, beside hashing and writing the same records. */
export const sequencerRows: Part = async ({ ctx, say }) => {
  say('records put into the log …');
  const [company] = await makeCompanies(ctx, 1, CERTIFICATES);
  if (!company) throw new Error('a company is needed');
  let { size } = await growNow(ctx);
  const rates = { ours: [] as number[], bare: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    await recordMuch(ctx, company, COUNTS);
    const before = size;
    const ours = await perSecond(async () => ({ size } = await growNow(ctx)));
    const records = await collections(ctx)
      .logRecords.find()
      .sort({ _id: 1 })
      .skip(before)
      .toArray();
    if (records.length !== LEAVES) throw new Error(`${records.length} records were put in`);
    const bare = await perSecond(() => hashAndWrite(ctx, records));
    // The first has to create what it writes to.
    if (round === 0) continue;
    rates.ours.push(ours);
    rates.bare.push(bare);
    say(`  ${ours.toFixed(0)} /s beside ${bare.toFixed(0)} /s`);
  }
  return [
    {
      name: 'records put into the log, half of them audit entries, half ledger pages of 20 checks',
      value: median(rates.ours),
      unit: '/s',
      yardstick: 'SHA-256 and one insertMany of the same records',
      beside: median(rates.bare),
      aim: '–',
    },
  ];
};

async function perSecond(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (LEAVES * 1_000) / (performance.now() - startedAt);
}

/** What nobody can do without who keeps records and their hashes. */
async function hashAndWrite(ctx: Context, records: LogRecord[]): Promise<void> {
  const hashed = records.map((one) => ({ ...one, hash: leafHash(one.record) }));
  await database(ctx).collection<LogRecord>('yardstick_records').insertMany(hashed);
}
