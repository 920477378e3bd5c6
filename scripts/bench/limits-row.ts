import { updateCompany } from '../../src/core/companies/update-company';
import { type BenchCompany, CALLER, makeCompanies, matchBodies } from './data';
import { type Burst, inTurns } from './load';
import type { Part } from './part';
import { type Server, withServers } from './servers';
import type { Row } from './table';

const CONNECTIONS = 64;
const CERTIFICATES = 200;
/** More than anybody can send here. */
const PLENTY = 1_000_000_000;

/**
 * Measures what limits cost a verify/match: of a company that has none, beside the same service
 * without a look for them, and of a company that has all four.
 */
export const limitsRows: Part = ({ ctx, env, say }) =>
  withServers(env, ['api', 'uncounted'], async ({ api, uncounted }) => {
    say('verify/match and limits …');
    const [free, limited] = await makeCompanies(ctx, 2, CERTIFICATES);
    if (!free || !limited) throw new Error('two companies are needed');
    const limits = {
      account_per_second: PLENTY,
      api_per_second: PLENTY,
      account_per_day: PLENTY,
      api_per_day: PLENTY,
    };
    await updateCompany({ ctx, companyId: limited.id, caller: CALLER, input: { limits } });
    const target = (server: Server, company: BenchCompany) => {
      const bodies = matchBodies([company]);
      return { servers: [server], path: '/verify/match', bodies, connections: CONNECTIONS };
    };
    const runs = await inTurns({
      none: target(api, free),
      uncounted: target(uncounted, free),
      all: target(api, limited),
    });
    const row = (name: string, { perSecond }: Burst, aim: string): Row => ({
      name: `verify/match of ${name}, ${CONNECTIONS} connections`,
      value: perSecond,
      unit: '/s',
      yardstick: 'the same without a look for limits',
      beside: runs.uncounted.perSecond,
      aim,
    });
    return [
      row('a company without limits', runs.none, '≥ 0.95'),
      row('a company with four limits', runs.all, 'as near to 1 as can be'),
    ];
  });
