import { createInterface } from 'node:readline';
import { normalizeEmail } from '../src/core/identifiers/email';
import { identifierLookups } from '../src/core/identifiers';
import { Session } from 'node:inspector/promises';
import { writeFileSync } from 'node:fs';
import { readConfig } from '../src/config';
import { createContext } from '../src/create-context';
import { runScrub } from '../src/core/batches/scrub/run-scrub';
import { commitBatch } from '../src/core/batches/commit-batch';
import { newScrub } from '../src/core/batches/scrub/new-scrub';
import { emailOf, makePeople, uploadCsv } from './bench/csv-data';
import { CALLER, makeCompanies } from './bench/data';
import { prepareYardstickMoney } from './bench/yardstick-money';
import { closeCollections, database, collections } from './services/collections';

async function main() {
const uri = new URL(process.env.TEST_MONGODB_URI!);
uri.pathname = '/zzprof';
const env = { MONGODB_URI: uri.href, REDIS_URL: process.env.TEST_REDIS_URL!, REDIS_PREFIX: 'zzprof',
  OPERATOR_TOKEN: 'bench-operator-token-0123456789', IDENTIFIER_KEY: 'bench-identifier-key-0123456789', PORT: '0', LOG_LEVEL: 'silent' };
const { ctx, close } = await createContext(readConfig(env), 'script');
await ctx.store.createIndexes();
await prepareYardstickMoney(database(ctx));
const times: Record<string, number> = {};
const wrap = (o: any, name: string, label: string) => { const f = o[name]; o[name] = async (...a: any[]) => { const t = performance.now(); try { return await f.apply(o, a); } finally { times[label] = (times[label] ?? 0) + performance.now() - t; } }; };
if (process.env.TIMES) { const st = ctx.store as any; wrap(st.certificates, 'findForContacts', 'certs'); wrap(st.suppressions, 'find', 'supp'); wrap(st.uploads, 'append', 'append'); wrap(st.ledgerPages, 'heads', 'heads'); wrap(st.ledger, 'append', 'ledger'); wrap(st.batches, 'progress', 'progress'); wrap(st, 'transaction', 'transaction'); wrap(st.batches, 'find', 'batchfind'); }
const ROWS = Number(process.env.ROWS ?? 100_000);
const [company] = await makeCompanies(ctx, 1, 1);
await makePeople(ctx, company!, ROWS);



const signal = new AbortController().signal;
const s = new Session(); s.connect();
const ratio: number[] = [];
const walls: Record<string, number> = {};
for (const kind of (process.env.KINDS ?? 'half,all').split(',')) for (let round = 0; round < Number(process.env.ROUNDS ?? 3); round++) {
  const email = (i: number) => kind === 'all' || i % 2 === 0 ? emailOf(i) : `nobody-${i}@example.com`;
  const b = await uploadCsv(ctx, company!.id, 'email,name', ROWS, (i) => `${email(i)},Contact number ${i}`,
    { kind: 'scrubs', dry_run: true, scrub: newScrub({}), upload_expires_at: new Date(Date.now() + 3600000) } as never);
  const t0 = performance.now();
  await runScrub({ ctx, batchId: b._id, signal });
  const t1 = performance.now();
  const t2 = performance.now();
  {
    const upload = b.upload!; let hashes: string[] = []; let rows = 0;
    const projection = { opt_out: 1, created_at: 1, consented_at: 1, email_hash: 1, consents: 1 };
    const find = (h: string[]) => collections(ctx).certificates.find({ company_id: company!.id, email_hash: { $in: h } }, { projection }).toArray();
    const input = ctx.store.uploads.read(upload.file_id, upload.bytes, upload.data.offset);
    for await (const line of createInterface({ input })) {
      const e = normalizeEmail(line.split(',')[0] ?? '');
      hashes.push(...identifierLookups({ ctx, identifiers: { email: e, mobile: null } }).email_hashes);
      if (++rows % 1000 > 0) continue;
      await find(hashes); hashes = [];
    }
  }
  const t3 = performance.now();
  await commitBatch({ ctx, companyId: company!.id, batchId: b._id, kind: 'scrubs', caller: CALLER });
  const prof = process.env.PROF && round === 1;
  if (prof) { await s.post('Profiler.enable'); await s.post('Profiler.start'); }
  for (const k in times) times[k] = 0; const cpu0 = process.cpuUsage();
  const t4 = performance.now();
  const out = await runScrub({ ctx, batchId: b._id, signal });
  const t5 = performance.now();
  const cpu = process.cpuUsage(cpu0);
  if (prof) { const { profile } = await s.post('Profiler.stop'); writeFileSync(`/tmp/zz-${kind}.cpuprofile`, JSON.stringify(profile)); }
  console.log(kind, out, 'preview/s', Math.round(ROWS * 1000 / (t1 - t0)), 'raw/s', Math.round(ROWS * 1000 / (t3 - t2)), 'scrub/s', Math.round(ROWS * 1000 / (t5 - t4)), 'ratio', ((t3 - t2) / (t5 - t4)).toFixed(2), 'cpu ms', (cpu.user + cpu.system) / 1000 | 0, 'wall', t5 - t4 | 0, JSON.stringify(Object.fromEntries(Object.entries(times).map(([k, v]) => [k, v | 0]))));
}
void walls; void ratio;
await database(ctx).dropDatabase();
await closeCollections();
await close();
process.exit(0);
}
void main();
