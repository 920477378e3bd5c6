import autocannon from 'autocannon';

const ROUNDS = 3;
const SECONDS = 5;
const WARM_UP_SECONDS = 2;

/** What one burst of load gave. */
export interface Burst {
  perSecond: number;
  p99Ms: number;
  /** Answers other than 200, and connection errors. */
  failures: number;
}

/** Sends the bodies one after another over `connections` kept-alive connections for `seconds`. */
async function burst(
  url: string,
  bodies: string[],
  connections: number,
  seconds: number,
): Promise<Burst> {
  const headers = { 'content-type': 'application/json' };
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: bodies.map((body) => ({ method: 'POST' as const, headers, body })),
  });
  return {
    perSecond: result['2xx'] / result.duration,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors,
  };
}

/** Where a burst goes, and what it says there. */
export interface Target {
  url: string;
  bodies: string[];
}

/**
 * Sends bursts to the targets in turn, so that what else the machine does falls on all of them
 * alike, after one to each that is not counted.
 * @returns the medians of each target's rounds, and all of its failures
 */
export async function inTurns<Name extends string>(
  targets: Record<Name, Target>,
  connections: number,
): Promise<Record<Name, Burst>> {
  const names = Object.keys(targets) as Name[];
  const send = (name: Name, seconds: number) =>
    burst(targets[name].url, targets[name].bodies, connections, seconds);
  const runs = names.map((name) => ({ name, bursts: [] as Burst[] }));
  for (const { name } of runs) await send(name, WARM_UP_SECONDS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, bursts } of runs) bursts.push(await send(name, SECONDS));
  }
  const entries = runs.map(({ name, bursts }) => [name, together(bursts)] as const);
  return Object.fromEntries(entries) as Record<Name, Burst>;
}

function together(bursts: Burst[]): Burst {
  return {
    perSecond: median(bursts.map((burst) => burst.perSecond)),
    p99Ms: median(bursts.map((burst) => burst.p99Ms)),
    failures: bursts.reduce((sum, burst) => sum + burst.failures, 0),
  };
}

/** The middle one of an odd number of figures. */
export function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;
}
