/**
 * `npm run bench`: measures the service beside its yardsticks in one run and prints one table.
 * It uses a MongoDB and a Redis of its own and throws them away. Names of rows as arguments
 * (`verify`, `companies`, `jobs`, `stale`, `csv`, `sweep`) run only those.
 */
import { readConfig } from '../src/config';
import { createContext } from '../src/create-context';
import { startChild } from './bench/children';
import { csvRows } from './bench/csv-rows';
import { makeCompanies } from './bench/data';
import { jobsRow } from './bench/jobs-row';
import { staleRow } from './bench/stale-row';
import { sweepRow } from './bench/sweep-row';
import { type Row, toMarkdown } from './bench/table';
import { type Targets, verifyRows } from './bench/verify-row';
import { withThrowawayServices } from './services/throwaway';

const PART_NAMES = ['verify', 'companies', 'jobs', 'stale', 'csv', 'sweep'] as const;
const FEW = 64;
const MANY = 256;

const say = (line: string) => console.error(line);

async function main(parts: Set<string>): Promise<void> {
  const rows: Row[] = [];
  await withThrowawayServices('bench', say, async (mongoUri, redisUrl) => {
    try {
      await measure(settings(mongoUri, redisUrl), parts, rows);
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

async function measure(
  env: Record<string, string>,
  parts: Set<string>,
  rows: Row[],
): Promise<void> {
  const { ctx, close } = await createContext(readConfig({ ...env, LOG_LEVEL: 'silent' }), 'script');
  try {
    await ctx.store.createIndexes();
    if (parts.has('verify') || parts.has('companies'))
      rows.push(...(await verify(ctx, env, parts)));
    if (parts.has('jobs')) {
      say('jobs …');
      const [company] = await makeCompanies(ctx, 1, 9_000);
      if (company) rows.push(await jobsRow(ctx, env, company));
    }
    if (parts.has('stale')) {
      say('stale answers …');
      const [company] = await makeCompanies(ctx, 1, 5_000);
      await withServers(env, async ({ api }) => {
        if (company) rows.push(await staleRow(api, company));
      });
    }
    if (parts.has('csv')) {
      say('CSV files …');
      const [company] = await makeCompanies(ctx, 1, 1);
      if (company) rows.push(...(await csvRows(ctx, env, company)));
    }
    if (parts.has('sweep')) {
      say('retention sweep …');
      const [company] = await makeCompanies(ctx, 1, 1);
      if (company) rows.push(await sweepRow(ctx, company));
    }
  } finally {
    await close();
  }
}

async function verify(
  ctx: Parameters<typeof makeCompanies>[0],
  env: Record<string, string>,
  parts: Set<string>,
): Promise<Row[]> {
  const rows: Row[] = [];
  await withServers(env, async (targets) => {
    if (parts.has('verify')) {
      const companies = await makeCompanies(ctx, 1, 200);
      for (const connections of [FEW, MANY]) {
        say(`verify/match, ${connections} connections …`);
        rows.push(...(await verifyRows('verify/match', targets, companies, connections)));
      }
    }
    if (parts.has('companies')) {
      say('verify/match, 100 companies …');
      const companies = await makeCompanies(ctx, 100, 5);
      rows.push(...(await verifyRows('verify/match, 100 companies', targets, companies, FEW)));
    }
  });
  return rows;
}

async function withServers(
  env: Record<string, string>,
  work: (targets: Targets) => Promise<void>,
): Promise<void> {
  const files = {
    api: 'src/server.ts',
    echo: 'scripts/bench/echo-server.ts',
    plain: 'scripts/bench/plain-server.ts',
  };
  const start = (file: string) => startChild(file, env, (line) => typeof line.port === 'number');
  const children = await Promise.all([start(files.api), start(files.echo), start(files.plain)]);
  const [api, echo, plain] = children.map(({ ready }) => `http://127.0.0.1:${String(ready.port)}`);
  try {
    await work({ api: api ?? '', echo: echo ?? '', plain: plain ?? '' });
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

const asked = process.argv.slice(2);
void main(new Set(asked.length > 0 ? asked : PART_NAMES)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
