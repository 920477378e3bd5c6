import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from '../../src/context';
import { createEndpoint } from '../../src/core/webhooks/create-endpoint';
import { newDelivery } from '../../src/core/webhooks/fan-out-events';
import { newEvent } from '../../src/core/webhooks/record-events';
import { newId } from '../../src/lib/random-ids';
import type { WebhookEndpoint } from '../../src/store/webhook-endpoints';
import { collections } from '../services/collections';
import { startChild } from './children';
import { type BenchCompany, CALLER, makeCompanies } from './data';
import { median, sendExactly } from './load';
import type { Part } from './part';
import { type Server, withServers } from './servers';
import type { Row } from './table';

const ROUNDS = 3;
const DELIVERIES = 1_500;
/** At each of two dead endpoints. */
const WAITING = 50_000;
const POLL_MS = 20;
/** All are due at the same time, once they are there. */
const DUE_AFTER_MS = 3_000;
/** In which the dead ones are tried for the first time. */
const WARM_UP_MS = 5_000;
const OPT_OUT_ROUNDS = 5;
const OPT_OUTS = 400;
const CONNECTIONS = 16;

/** What is sent to endpoints, beside dead ones and beside a bare loop; and what it costs a revocation. */
export const webhooksRows: Part = async ({ ctx, env, say }) => {
  const [live, dead, silent] = await makeCompanies(ctx, 3, 2 * OPT_OUT_ROUNDS * OPT_OUTS);
  if (!live || !dead || !silent) throw new Error('three companies are needed');
  const rows = await deliveryRows({ ctx, env, say, live, dead });
  say('opt-outs with and without an endpoint …');
  return [...rows, await withServers(env, ['api'], ({ api }) => optOutRow(api, live, silent))];
};

async function deliveryRows({
  ctx,
  env,
  say,
  live,
  dead,
}: Parameters<Part>[0] & { live: BenchCompany; dead: BenchCompany }): Promise<Row[]> {
  const arrivals: number[] = [];
  const receiver = await listen((request, response) => {
    request.resume().once('end', () => {
      arrivals.push(performance.now());
      response.writeHead(204).end();
    });
  });
  const hanging = await listen(() => undefined);
  const endpointAt = async ({ id: companyId }: BenchCompany, url: string) =>
    (await createEndpoint({ ctx, companyId, caller: CALLER, fields: { url } })).endpoint;
  const good = await endpointAt(live, receiver.url);
  const bad = [await endpointAt(dead, hanging.url), await endpointAt(dead, 'http://127.0.0.1:9/')];
  const worker = await startChild('workers/main.ts', env, ({ msg }) => msg === 'worker ready');
  const rates = { alone: [] as number[], beside: [] as number[], loop: [] as number[] };
  try {
    await deliver(ctx, good, arrivals);
    for (let round = 0; round < ROUNDS; round++) {
      say(`deliveries, round ${round + 1} …`);
      rates.loop.push(await fetchLoop(receiver.url));
      rates.alone.push(await deliver(ctx, good, arrivals));
      for (const endpoint of bad) await putInLine(ctx, endpoint, WAITING);
      await sleep(WARM_UP_MS);
      rates.beside.push(await deliver(ctx, good, arrivals));
      say(JSON.stringify(rates));
      const ids = bad.map(({ _id }) => _id);
      await collections(ctx).webhookDeliveries.deleteMany({ endpoint_id: { $in: ids } });
    }
  } finally {
    await worker.stop();
    receiver.close();
    hanging.close();
  }
  return [
    {
      name: 'deliveries to an endpoint, while 100,000 wait for dead ones',
      value: median(rates.beside),
      unit: '/s',
      yardstick: 'the same without these',
      beside: median(rates.alone),
      aim: '≥ 0.9',
    },
    {
      name: 'deliveries to an endpoint',
      value: median(rates.alone),
      unit: '/s',
      yardstick: 'fetch in a loop',
      beside: median(rates.loop),
      aim: '≥ 0.5',
    },
  ];
}

/** Deliveries per second, from the first to the last. */
async function deliver(
  ctx: Context,
  endpoint: WebhookEndpoint,
  arrivals: number[],
): Promise<number> {
  arrivals.length = 0;
  await putInLine(ctx, endpoint, DELIVERIES, DUE_AFTER_MS);
  while (arrivals.length < DELIVERIES) await sleep(POLL_MS);
  const [first = 0, last = 0] = [arrivals[0], arrivals[DELIVERIES - 1]];
  return ((DELIVERIES - 1) * 1_000) / (last - first);
}

/** Deliveries that are due after a while. */
async function putInLine(
  ctx: Context,
  endpoint: WebhookEndpoint,
  count: number,
  dueAfterMs = 0,
): Promise<void> {
  const { webhookDeliveries, webhookEvents } = collections(ctx);
  const events = Array.from({ length: DELIVERIES }, (_, i) => {
    const data = { certificate_ids: [`bench-${i}`], padding: 'x'.repeat(150) };
    const at = ctx.now();
    const told = {
      companyId: endpoint.company_id,
      event: 'certificate.revoked',
      at,
      data,
    } as const;
    return { ...newEvent({ ctx, told }), state: 'fanned_out' as const };
  });
  await webhookEvents.insertMany(events);
  const next_at = new Date(ctx.now().getTime() + dueAfterMs);
  for (let from = 0; from < count; from += DELIVERIES) {
    await webhookDeliveries.insertMany(
      events.slice(0, count - from).map((event) => ({
        ...newDelivery({ ctx, region: 'default', event, endpoint }),
        _id: newId('dlv'),
        next_at,
      })),
    );
  }
}

async function fetchLoop(url: string): Promise<number> {
  const env = { URL_TO_POST: url, POSTS: String(DELIVERIES) };
  const loop = await startChild('scripts/bench/fetch-loop.ts', env, (line) => 'perSecond' in line);
  await loop.stop();
  return loop.ready.perSecond as number;
}

/** Opt-outs of a company that has an endpoint, beside those of one that has none. */
async function optOutRow(api: Server, live: BenchCompany, silent: BenchCompany): Promise<Row> {
  const rates = { live: [] as number[], silent: [] as number[] };
  const companies = { live, silent };
  for (let round = 0; round <= OPT_OUT_ROUNDS; round++) {
    for (const name of ['live', 'silent'] as const) {
      const perSecond = await optOut(api, companies[name], round);
      // The first warms up.
      if (round > 0) rates[name].push(perSecond);
    }
  }
  return {
    name: `opt-outs of a company that has an endpoint, ${CONNECTIONS} connections`,
    value: median(rates.live),
    unit: '/s',
    yardstick: 'the same without one',
    beside: median(rates.silent),
    aim: '≥ 0.9',
  };
}

async function optOut(api: Server, company: BenchCompany, round: number): Promise<number> {
  const ids = company.certificateIds.slice(round * OPT_OUTS, (round + 1) * OPT_OUTS);
  const bodies = ids.map((certificate_id) =>
    JSON.stringify({ company_id: company.id, certificate_id }),
  );
  const headers = { authorization: `Bearer ${company.token}` };
  const target = { servers: [api], path: '/opt-out', bodies, headers, connections: CONNECTIONS };
  // Not by how long all took: that ends with a whole second.
  const { meanMs } = await sendExactly(OPT_OUTS, target);
  return (CONNECTIONS * 1_000) / meanMs;
}

/** A receiver on a port of its own. */
async function listen(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
