import { matchBodies, type BenchCompany } from './data';
import { burst, type Burst, median } from './load';
import type { Row } from './table';

const ROUNDS = 3;
const SECONDS = 5;

/** Where the three servers under comparison listen. */
export interface Targets {
  api: string;
  echo: string;
  plain: string;
}

/**
 * Measures verify/match beside both yardsticks: the three take turns, and the medians of the
 * rounds are compared, so that what else the machine does falls on all of them alike.
 */
export async function verifyRows(
  name: string,
  targets: Targets,
  companies: BenchCompany[],
  connections: number,
): Promise<Row[]> {
  const bodies = matchBodies(companies);
  const urls = {
    api: `${targets.api}/verify/match`,
    echo: `${targets.echo}/echo`,
    plain: `${targets.plain}/check`,
  };
  const runs: Record<keyof Targets, Burst[]> = { api: [], echo: [], plain: [] };
  // A first burst, not counted, warms up each of them.
  for (const url of Object.values(urls)) await burst(url, bodies, connections, 2);
  for (let round = 0; round < ROUNDS; round++) {
    for (const target of ['echo', 'api', 'plain'] as const) {
      runs[target].push(await burst(urls[target], bodies, connections, SECONDS));
    }
  }
  const perSecond = (target: keyof Targets) => median(runs[target].map((run) => run.perSecond));
  const p99 = median(runs.api.map((run) => run.p99Ms));
  const failures = runs.api.reduce((sum, run) => sum + run.failures, 0);
  const api = perSecond('api');
  const label = `${name}, ${connections} connections (p99 ${p99} ms, ${failures} failed)`;
  return [
    {
      name: label,
      value: api,
      unit: '/s',
      yardstick: 'bare Express echo',
      beside: perSecond('echo'),
      aim: '≥ 0.5',
    },
    {
      name: label,
      value: api,
      unit: '/s',
      yardstick: 'one read, one debit each',
      beside: perSecond('plain'),
      aim: '≥ 5',
    },
  ];
}
