import { makeCompanies } from './data';
import { emailOf, makePeople, strangerOf, uploadCsv } from './csv-data';
import { ended, startWorker } from './file-worker';
import type { Part } from './part';
import { peakMebibytes } from './process-usage';
import { answer, uploadScrub } from './scrub-rows';
import type { Row } from './table';

const PEOPLE = 100_000;
const FEW_ROWS = 100_000;
const MANY_ROWS = 2_000_000;

/** Peak memory of a worker that sees nothing but one file, most of whose rows name nobody. */
export const memoryRows: Part = async ({ ctx, env, say }) => {
  say('memory of files …');
  const [company] = await makeCompanies(ctx, 1, 1);
  if (!company) throw new Error('a company is needed');
  await makePeople(ctx, company, PEOPLE);
  const email = (i: number) => (i % 20 === 0 ? emailOf((i / 20) % PEOPLE) : strangerOf(i));
  const kinds: Record<string, (rows: number) => Promise<unknown>> = {
    scrub: async (rows) => answer(ctx, company, await uploadScrub(ctx, company, rows, email)),
    // The last, as it revokes.
    CSV: async (rows) => ended(ctx, await uploadCsv(ctx, company.id, 'email', rows, email)),
  };
  const peak = async (work: () => Promise<unknown>) => {
    const worker = await startWorker(env);
    await work();
    const mebibytes = peakMebibytes(worker.pid);
    await worker.stop();
    return mebibytes;
  };
  const rows: Row[] = [];
  for (const [name, work] of Object.entries(kinds)) {
    const few = await peak(() => work(FEW_ROWS));
    const many = await peak(() => work(MANY_ROWS));
    rows.push({
      name: `peak memory of the worker, ${name} of ${labelOf(MANY_ROWS)}`,
      value: many,
      unit: 'MiB',
      yardstick: labelOf(FEW_ROWS),
      beside: few,
      aim: 'within 64 MiB',
    });
  }
  return rows;
};

function labelOf(rows: number): string {
  return `${rows.toLocaleString('en-US')} rows`;
}
