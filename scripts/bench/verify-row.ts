import { makeCompanies, matchBodies, type BenchCompany } from './data';
import { type Burst, inTurns } from './load';
import type { Part } from './part';
import { type Server, withServers } from './servers';
import { type Row, rounded } from './table';

const CERTIFICATES = 200;
const COMPANIES = 100;
const CERTIFICATES_OF_MANY = 5;
const NO_AIM = '–';

/** The servers under comparison. */
type Servers = Record<'api' | 'echo' | 'plain' | 'guaranteed', Server>;

/** What is aimed at, per yardstick: the service's rate over the yardstick's. */
interface Aims {
  connections: number;
  echo?: string;
  plain?: string;
  guaranteed?: string;
}

const ONE = 1;
const FEW = 64;
const LEVELS: Aims[] = [
  { connections: ONE, guaranteed: '≥ 1.2' },
  { connections: 8, guaranteed: '≥ 2' },
  { connections: FEW, echo: '≥ 0.34', plain: '≥ 4.2', guaranteed: '≥ 6' },
  { connections: 256, echo: '≥ 0.55', plain: '≥ 8' },
];

/** Checks of one company beside the yardsticks, from one caller at a time to many. */
export const verifyRows: Part = ({ ctx, env, say }) =>
  withServers(env, ['api', 'echo', 'plain', 'guaranteed'], async (servers) => {
    const companies = await makeCompanies(ctx, 1, CERTIFICATES);
    const rows: Row[] = [];
    for (const aims of LEVELS) {
      say(`verify/match, connections: ${aims.connections} …`);
      const bursts = await allFour(servers, companies, aims.connections);
      rows.push(...rateRows('verify/match', bursts, aims));
      if (aims.connections === ONE) rows.push(latencyRow(bursts));
      if (aims.connections === FEW) rows.push(cpuRow(bursts));
    }
    return rows;
  });

/** The same over many companies. */
export const companiesRows: Part = ({ ctx, env, say }) =>
  withServers(env, ['api', 'echo', 'plain', 'guaranteed'], async (servers) => {
    say(`verify/match, ${COMPANIES} companies …`);
    const companies = await makeCompanies(ctx, COMPANIES, CERTIFICATES_OF_MANY);
    const bursts = await allFour(servers, companies, FEW);
    const aims = { connections: FEW, echo: '≥ 0.3' };
    return rateRows(`verify/match, ${COMPANIES} companies`, bursts, aims);
  });

function allFour(
  { api, echo, plain, guaranteed }: Servers,
  companies: BenchCompany[],
  connections: number,
) {
  const bodies = matchBodies(companies);
  const target = (server: Server, path: string) => {
    return { servers: [server], path, bodies, connections };
  };
  return inTurns({
    echo: target(echo, '/echo'),
    api: target(api, '/verify/match'),
    plain: target(plain, '/check'),
    guaranteed: target(guaranteed, '/check'),
  });
}

function rateRows(name: string, bursts: Record<keyof Servers, Burst>, aims: Aims): Row[] {
  const { api, echo, plain, guaranteed } = bursts;
  const load = `${aims.connections} ${aims.connections === 1 ? 'connection' : 'connections'}`;
  const beside = (yardstick: string, burst: Burst, aim = NO_AIM): Row => ({
    name: `${name}, ${load} (${describe(api)})`,
    value: api.perSecond,
    unit: '/s',
    yardstick: `${yardstick} (${describe(burst)})`,
    beside: burst.perSecond,
    aim,
  });
  return [
    beside('bare Express echo', echo, aims.echo),
    beside('one read, one debit each', plain, aims.plain),
    beside('the same guarantees plainly', guaranteed, aims.guaranteed),
  ];
}

function describe({ p50Ms, p99Ms, failures }: Burst): string {
  const times = `p50 ${rounded(p50Ms)} ms, p99 ${rounded(p99Ms)} ms`;
  return failures === 0 ? times : `${times}, ${failures} failed`;
}

function latencyRow({ api, plain }: Record<keyof Servers, Burst>): Row {
  return {
    name: 'p50 of verify/match, 1 connection',
    value: api.p50Ms,
    unit: 'ms',
    yardstick: 'one read, one debit each',
    beside: plain.p50Ms,
    aim: '≤ 2.5',
  };
}

function cpuRow({ api, echo }: Record<keyof Servers, Burst>): Row {
  return {
    name: `CPU of the API process per answered check, ${FEW} connections`,
    value: api.cpuMicros,
    unit: 'µs',
    yardstick: 'bare Express echo',
    beside: echo.cpuMicros,
    aim: '≤ 2.3',
  };
}
