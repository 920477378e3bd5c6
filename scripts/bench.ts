/**
 * `npm run bench`: measures the service beside its yardsticks in one run and prints one table.
 * It uses a MongoDB and a Redis of its own and throws them away. Names of parts as arguments run
 * only those, see `PARTS`.
 */
import { readConfig } from '../src/config';
import { createContext } from '../src/create-context';
import { bytesRows } from './bench/bytes-row';
import { contactRows } from './bench/contact-row';
import { csvRows } from './bench/csv-rows';
import { floodRows } from './bench/flood-row';
import { jobsRows } from './bench/jobs-row';
import { limitsRows } from './bench/limits-row';
import { memoryRows } from './bench/memory-rows';
import { overloadRows } from './bench/overload-row';
import type { Part } from './bench/part';
import { processesRows } from './bench/processes-row';
import { logRows, proofRows } from './bench/proof-rows';
import { scrubRows } from './bench/scrub-rows';
import { sizingRows } from './bench/sizing-rows';
import { staleRows } from './bench/stale-row';
import { sweepRows } from './bench/sweep-row';
import { type Row, toMarkdown } from './bench/table';
import { companiesRows, verifyRows } from './bench/verify-row';
import { webhooksRows } from './bench/webhooks-rows';
import { prepareYardstickMoney } from './bench/yardstick-money';
import { closeCollections, database } from './services/collections';
import { withThrowawayServices } from './services/throwaway';

const PARTS: Record<string, Part> = {
  verify: verifyRows,
  companies: companiesRows,
  contact: contactRows,
  processes: processesRows,
  overload: overloadRows,
  bytes: bytesRows,
  limits: limitsRows,
  flood: floodRows,
  jobs: jobsRows,
  stale: staleRows,
  webhooks: webhooksRows,
  csv: csvRows,
  scrubs: scrubRows,
  memory: memoryRows,
  sweep: sweepRows,
  sizing: sizingRows,
  proof: proofRows,
  log: logRows,
};

const say = (line: string) => console.error(line);

async function main(names: string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) {
    throw new Error(
      `There is no ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}.`,
    );
  }
  const parts = Object.entries(PARTS).filter(
    ([name]) => names.length === 0 || names.includes(name),
  );
  const rows: Row[] = [];
  await withThrowawayServices('bench', say, async (mongoUri, redisUrl) => {
    try {
      await measure(
        settings(mongoUri, redisUrl),
        parts.map(([, part]) => part),
        rows,
      );
    } finally {
      // What was measured is told also when a later part fails.
      console.log(toMarkdown(rows));
    }
  });
}

function settings(mongoUri: string, redisUrl: string): Record<string, string> {
  const uri = new URL(mongoUri);
  uri.pathname = '/bench';
  return {
    MONGODB_URI: uri.href,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: 'bench',
    OPERATOR_TOKEN: 'bench-operator-token-0123456789',
    IDENTIFIER_KEY: 'bench-identifier-key-0123456789',
    PORT: '0',
  };
}

async function measure(env: Record<string, string>, parts: Part[], rows: Row[]): Promise<void> {
  const { ctx, close } = await createContext(readConfig({ ...env, LOG_LEVEL: 'silent' }), 'script');
  try {
    await ctx.store.createIndexes();
    await prepareYardstickMoney(database(ctx));
    for (const part of parts) rows.push(...(await part({ ctx, env, say })));
  } finally {
    await closeCollections();
    await close();
  }
}

void main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
