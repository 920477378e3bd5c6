import autocannon from 'autocannon';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs } from './process-usage';
import type { Server } from './servers';

const WARM_UP_MS = 2_000;
const SAMPLE_MS = 100;
const MAX_SETTLE_MS = 5_000;
/** It is stopped long before. */
const ENDLESS_SECONDS = 3_600;
/** Longer than any caller of ours would wait. */
const TIMEOUT_SECONDS = 30;

/** Where load goes, and what it says there. */
export interface Target {
  /** They share the connections evenly. */
  servers: Server[];
  path: string;
  bodies: string[];
  /** Besides the content type. */
  headers?: Record<string, string>;
  connections: number;
}

/** What one burst of load gave while it was counted. */
export interface Burst {
  /** Answers with 200. */
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** CPU of the servers, in microseconds per answer with 200. */
  cpuMicros: number;
  /** Answers other than 200, and connection errors. */
  failures: number;
}

/** How long load lasts. */
export interface Pace {
  rounds: number;
  /** Of each burst at least, before anything is counted: each connection's first answer. */
  settleMs: number;
  countedMs: number;
}

/** Many short turns: what else the machine does falls on all targets alike. */
const PACE: Pace = { rounds: 5, settleMs: 500, countedMs: 1_500 };

/**
 * Sends bursts to the targets in turn, after one to each that is not counted.
 * @returns the medians of each target's rounds, and all of its failures
 */
export async function inTurns<Name extends string>(
  targets: Record<Name, Target>,
  pace: Pace = PACE,
): Promise<Record<Name, Burst>> {
  const names = Object.keys(targets) as Name[];
  const runs = names.map((name) => ({ name, bursts: [] as Burst[] }));
  for (const { name } of runs) await burst(targets[name], { ...pace, countedMs: WARM_UP_MS });
  for (let round = 0; round < pace.rounds; round++) {
    for (const { name, bursts } of runs) bursts.push(await burst(targets[name], pace));
  }
  const entries = runs.map(({ name, bursts }) => [name, together(bursts)] as const);
  return Object.fromEntries(entries) as Record<Name, Burst>;
}

/** Sends the bodies over kept-alive connections, each with one call in flight. */
export async function burst(
  { servers, path, bodies, connections }: Target,
  { settleMs, countedMs }: Pick<Pace, 'settleMs' | 'countedMs'>,
): Promise<Burst> {
  const times: number[] = [];
  let failures = 0;
  let answers = 0;
  let counting = false;
  const onAnswer = (status: number, ms: number): void => {
    answers++;
    if (!counting) return;
    if (status === 200) times.push(ms);
    else failures++;
  };
  const share = connections / servers.length;
  const loads = servers.map(({ url }, at) =>
    startLoad(url + path, bodies, { first: at * share, count: share, of: connections }, onAnswer),
  );
  const cpu = () => servers.reduce((sum, { pid }) => sum + cpuMs(pid), 0);

  const settledBy = performance.now() + MAX_SETTLE_MS;
  await sleep(settleMs);
  while (answers < connections && performance.now() < settledBy) await sleep(SAMPLE_MS);
  const [cpuBefore, startedAt] = [cpu(), performance.now()];
  counting = true;
  await sleep(countedMs);
  counting = false;
  const [cpuSpent, elapsedMs] = [cpu() - cpuBefore, performance.now() - startedAt];
  await Promise.all(loads.map((end) => end()));

  times.sort((a, b) => a - b);
  return {
    perSecond: (times.length * 1_000) / elapsedMs,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    cpuMicros: (cpuSpent * 1_000) / times.length,
    failures,
  };
}

/**
 * Opens connections of which each says bodies of its own, so that those answered together do not
 * all ask the same next.
 * @returns what ends it, when the last call in flight has been answered: no work is left over
 */
function startLoad(
  url: string,
  bodies: string[],
  connections: { first: number; count: number; of: number },
  onAnswer: (status: number, ms: number) => void,
): () => Promise<void> {
  const clients: autocannon.Client[] = [];
  let over: () => void;
  const ended = new Promise<void>((resolve) => (over = resolve));
  const options = {
    url,
    connections: connections.count,
    duration: ENDLESS_SECONDS,
    sampleInt: SAMPLE_MS,
    timeout: TIMEOUT_SECONDS,
    requests: [post('')],
    setupClient: (client: autocannon.Client) => {
      const own = bodiesOf(connections.first + clients.length, connections.of, bodies);
      client.setRequests(own.map((body) => post(body)));
      clients.push(client);
    },
  };
  const load = autocannon(options, () => over());
  load.on('response', (_client, status, _bytes, ms) => onAnswer(status, ms));
  load.on('reqError', () => onAnswer(0, 0));
  return () => {
    // Each ends with the answer that it waits for.
    for (const client of clients) Object.assign(client, { responseMax: 1 });
    return ended;
  };
}

/** What one of many connections says. */
function bodiesOf(connection: number, connections: number, bodies: string[]): string[] {
  const own = bodies.filter((_, at) => at % connections === connection);
  return own.length > 0 ? own : [bodies[connection % bodies.length] ?? ''];
}

function post(body: string, headers: Record<string, string> = {}) {
  return {
    method: 'POST' as const,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  };
}

/**
 * Sends an exact number of calls, each connection bodies of its own.
 * @throws when one of them is not answered with 2xx
 */
export async function sendExactly(calls: number, target: Target): Promise<{ meanMs: number }> {
  const { servers, path, bodies, headers, connections } = target;
  let opened = 0;
  const result = await autocannon({
    url: (servers[0]?.url ?? '') + path,
    connections,
    amount: calls,
    timeout: TIMEOUT_SECONDS,
    requests: [post('')],
    setupClient: (client: autocannon.Client) => {
      const own = bodiesOf(opened++, connections, bodies);
      client.setRequests(own.map((body) => post(body, headers)));
    },
  });
  const failures = result.non2xx + result.errors;
  if (failures > 0 || result['2xx'] !== calls) {
    throw new Error(`${failures} calls failed: ${JSON.stringify(result.statusCodeStats)}`);
  }
  return { meanMs: result.latency.average };
}

function together(bursts: Burst[]): Burst {
  const middle = (of: (burst: Burst) => number) => median(bursts.map(of));
  return {
    perSecond: middle((burst) => burst.perSecond),
    p50Ms: middle((burst) => burst.p50Ms),
    p99Ms: middle((burst) => burst.p99Ms),
    cpuMicros: middle((burst) => burst.cpuMicros),
    failures: bursts.reduce((sum, burst) => sum + burst.failures, 0),
  };
}

/** The middle one of an odd number of figures. */
export function median(figures: number[]): number {
  return quantile(
    figures.toSorted((a, b) => a - b),
    0.5,
  );
}

/** Below which a share of the figures lies; they are in ascending order. */
export function quantile(figures: number[], share: number): number {
  return figures[Math.floor(figures.length * share)] ?? Number.NaN;
}
