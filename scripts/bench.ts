/**
 * `npm run bench`: measures the service beside its yardsticks in one run and prints one table.
 * It uses a MongoDB and a Redis of its own and throws them away. Names of rows as arguments
 * (`verify`, `companies`, `limits`, `flood`, `jobs`, `stale`, `csv`, `sweep`) run only those.
 */
import { readConfig } from '../src/config';
import { createContext } from '../src/create-context';
import { startChild } from './bench/children';
import { csvRows } from './bench/csv-rows';
import { floodRow } from './bench/flood-row';
import { makeCompanies } from './bench/data';
import { jobsRow } from './bench/jobs-row';
import { staleRow } from './bench/stale-row';
import { sweepRow } from './bench/sweep-row';
import { limitsRows } from './bench/limits-row';
import { type Row, toMarkdown } from './bench/table';
import { verifyRows } from './bench/verify-row';
import { closeCollections } from './services/collections';
import { withThrowawayServices } from './services/throwaway';

const PART_NAMES = [
  'verify',
  'companies',
  'limits',
  'flood',
  'jobs',
  'stale',
  'csv',
  'sweep',
] as const;
const FEW = 64;
const MANY = 256;
const SERVERS = {
  api: 'src/server.ts',
  uncounted: 'scripts/bench/uncounted-server.ts',
  echo: 'scripts/bench/echo-server.ts',
  plain: 'scripts/bench/plain-server.ts',
};

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
    if (parts.has('limits')) {
      say('verify/match and limits …');
      await withServers(env, ['api', 'uncounted'], async (servers) => {
        rows.push(...(await limitsRows(ctx, servers)));
      });
    }
    if (parts.has('flood')) {
      say('a flood …');
      const [quiet, flooding] = await makeCompanies(ctx, 2, 500);
      await withServers(env, ['api'], async ({ api }) => {
        if (quiet && flooding) rows.push(await floodRow(api, quiet, flooding));
      });
    }
    if (parts.has('jobs')) {
      say('jobs …');
      const [company] = await makeCompanies(ctx, 1, 9_000);
      if (company) rows.push(await jobsRow(ctx, env, company));
    }
    if (parts.has('stale')) {
      say('stale answers …');
      const [company] = await makeCompanies(ctx, 1, 5_000);
      await withServers(env, ['api'], async ({ api }) => {
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
    await closeCollections();
    await close();
  }
}

async function verify(
  ctx: Parameters<typeof makeCompanies>[0],
  env: Record<string, string>,
  parts: Set<string>,
): Promise<Row[]> {
  const rows: Row[] = [];
  await withServers(env, ['api', 'echo', 'plain'], async (targets) => {
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

async function withServers<Name extends keyof typeof SERVERS>(
  env: Record<string, string>,
  names: Name[],
  work: (urls: Record<Name, string>) => Promise<void>,
): Promise<void> {
  const isReady = (line: Record<string, unknown>) => typeof line.port === 'number';
  const children = await Promise.all(names.map((name) => startChild(SERVERS[name], env, isReady)));
  const urls = children.map(({ ready }) => `http://127.0.0.1:${String(ready.port)}`);
  const named = Object.fromEntries(names.map((name, at) => [name, urls[at]]));
  try {
    await work(named as Record<Name, string>);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

const asked = process.argv.slice(2);
void main(new Set(asked.length > 0 ? asked : PART_NAMES)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
