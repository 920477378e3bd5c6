import { matchBodies, type BenchCompany } from './data';
import { inTurns } from './load';
import type { Row } from './table';

/** Where the three servers under comparison listen. */
interface Targets {
  api: string;
  echo: string;
  plain: string;
}

/** Measures verify/match beside both yardsticks. */
export async function verifyRows(
  name: string,
  targets: Targets,
  companies: BenchCompany[],
  connections: number,
): Promise<Row[]> {
  const bodies = matchBodies(companies);
  const { api, echo, plain } = await inTurns(
    {
      echo: { url: `${targets.echo}/echo`, bodies },
      api: { url: `${targets.api}/verify/match`, bodies },
      plain: { url: `${targets.plain}/check`, bodies },
    },
    connections,
  );
  const load = `${connections} connections (p99 ${api.p99Ms} ms, ${api.failures} failed)`;
  const row = { name: `${name}, ${load}`, value: api.perSecond, unit: '/s' };
  return [
    { ...row, yardstick: 'bare Express echo', beside: echo.perSecond, aim: '≥ 0.5' },
    { ...row, yardstick: 'one read, one debit each', beside: plain.perSecond, aim: '≥ 5' },
  ];
}
