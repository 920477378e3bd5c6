import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchCompany, makeCompanies, matchBodies } from './data';
import { type Burst, burst, inTurns, quantile } from './load';
import { startChild } from './children';
import type { OtherDatabase } from './other-database';
import type { Bench } from './part';
import { type Server, withServers } from './servers';
import type { Row } from './table';

const CONNECTIONS = 64;
const PACE = { rounds: 9, settleMs: 500, countedMs: 1_500 };
const LOADS = [
  { companies: 1, certificatesEach: 200 },
  { companies: 100, certificatesEach: 5 },
];
const FULL_LOAD = { settleMs: 2_000, countedMs: 20_000 };
const PROBES = 4;
const ASK_EVERY_MS = 50;
const WITHIN_MS = 2_000;

/** Checks that are put into the log beside such that are not, and how soon there are receipts. */
export async function proofChecksRows(bench: Bench, { ctx, env }: OtherDatabase): Promise<Row[]> {
  const log = await startChild('scripts/bench/log-worker.ts', bench.env, (line) =>
    String(line.msg).startsWith('log worker'),
  );
  try {
    return await withServers(bench.env, ['api'], ({ api }) =>
      withServers(env, ['unproven'], async ({ unproven }) => {
        const rows: Row[] = [];
        for (const { companies: count, certificatesEach } of LOADS) {
          bench.say(`checks with and without proof, companies: ${count} …`);
          const companies = await makeCompanies(bench.ctx, count, certificatesEach);
          const others = await makeCompanies(ctx, count, certificatesEach);
          const runs = await inTurns(
            { proven: to(api, companies), bare: to(unproven, others) },
            PACE,
          );
          rows.push(...checkRows(runs.proven, runs.bare, count));
          rows.push(...(await receiptRows(bench, api, companies)));
        }
        return rows;
      }),
    );
  } finally {
    await log.stop();
  }
}

function to(server: Server, companies: BenchCompany[]) {
  const bodies = matchBodies(companies);
  return { servers: [server], path: '/verify/match', bodies, connections: CONNECTIONS };
}

function checkRows(proven: Burst, bare: Burst, companies: number): Row[] {
  const load = `${companies === 1 ? 'one company' : `${companies} companies`}, ${CONNECTIONS} connections`;
  const yardstick = 'the same without leaves, answers and a worker for the log';
  return [
    {
      name: `verify/match with proof, ${load}`,
      value: proven.perSecond,
      unit: '/s',
      yardstick,
      beside: bare.perSecond,
      aim: '≥ 0.95',
    },
    {
      name: `CPU of the API process per check with proof, ${load}`,
      value: proven.cpuMicros,
      unit: 'µs',
      yardstick,
      beside: bare.cpuMicros,
      aim: '≤ 1.05',
    },
  ];
}

/** Under as many checks as the server answers: when receipts are there, and whether the log keeps up. */
async function receiptRows(bench: Bench, api: Server, companies: BenchCompany[]): Promise<Row[]> {
  const { ctx, say } = bench;
  const state = { isOver: false };
  const waited: number[] = [];
  const probes = companies.slice(0, 1).flatMap((company) =>
    Array.from({ length: PROBES }, async () => {
      while (!state.isOver) waited.push(await untilReceipt(api, company));
    }),
  );
  const leaves = async () => (await ctx.store.regions.default.proofLog.head())?.size ?? 0;
  const [before, startedAt] = [await leaves(), performance.now()];
  const { perSecond } = await burst(to(api, companies), FULL_LOAD);
  const grown = ((await leaves()) - before) / ((performance.now() - startedAt) / 1_000);
  const waiting = (await ctx.store.ledgerPages.withoutLeaf(100_000)).length;
  state.isOver = true;
  await Promise.all(probes);
  say(
    `  ${perSecond.toFixed(0)} checks /s, ${grown.toFixed(0)} pages /s, ${waiting} of them waiting`,
  );
  waited.sort((a, b) => a - b);
  const load = companies.length === 1 ? 'one company' : `${companies.length} companies`;
  const soon = waited.filter((ms) => ms <= WITHIN_MS).length / waited.length;
  const name = `of a check’s answer, ${CONNECTIONS} connections of ${load} at full load`;
  const yardstick = `${waited.length} receipts, ${grown.toFixed(0)} records /s`;
  return [
    {
      name: `receipt after 95 % ${name}`,
      value: quantile(waited, 0.95),
      unit: 'ms',
      yardstick,
      beside: null,
      aim: '≤ 2,000',
    },
    {
      name: `receipts within 2 s ${name}`,
      value: soon * 100,
      unit: '%',
      yardstick,
      beside: null,
      aim: '≥ 99',
    },
  ];
}

/** Milliseconds from the answer to a check until its receipt is there. */
async function untilReceipt(api: Server, company: BenchCompany): Promise<number> {
  const [body] = matchBodies([company]);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${company.token}` };
  const answer = await fetch(`${api.url}/verify/match`, {
    method: 'POST',
    headers,
    body: body ?? '',
  });
  const answeredAt = performance.now();
  await answer.arrayBuffer();
  const id = answer.headers.get('rescind-receipt');
  if (id === null) throw new Error(`no receipt: ${answer.status}`);
  for (;;) {
    const receipt = await fetch(`${api.url}/verify/receipts/${id}`, { headers });
    await receipt.arrayBuffer();
    if (receipt.status === 200) return performance.now() - answeredAt;
    if (receipt.status !== 202) throw new Error(`the receipt was answered with ${receipt.status}`);
    await sleep(ASK_EVERY_MS);
  }
}
