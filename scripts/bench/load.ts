import autocannon from 'autocannon';

/** What one burst of load gave. */
export interface Burst {
  perSecond: number;
  p99Ms: number;
  /** Answers other than 200, and connection errors. */
  failures: number;
}

/** Sends the bodies in turn over `connections` kept-alive connections for `seconds`. */
export async function burst(
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

/** The middle one of an odd number of figures. */
export function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;
}
