import { makeCompanies, matchBodies } from './data';
import { type Burst, inTurns } from './load';
import type { Part } from './part';
import { type Server, withServers } from './servers';
import type { Row } from './table';

const EACH = 64;
const SPREADS = [
  { name: 'one company', companies: 1, certificatesEach: 200, aim: '≥ 0.9' },
  { name: '20 companies', companies: 20, certificatesEach: 10, aim: '≥ 1.0' },
];

/** Two API processes, each with as many callers as one has, and one with the callers of both. */
export const processesRows: Part = ({ ctx, env, say }) =>
  withServers(env, ['api', 'secondApi'], async ({ api, secondApi }) => {
    const rows: Row[] = [];
    for (const { name, companies, certificatesEach, aim } of SPREADS) {
      say(`two API processes, ${name} …`);
      const bodies = matchBodies(await makeCompanies(ctx, companies, certificatesEach));
      const target = (servers: Server[], connections: number) => {
        return { servers, path: '/verify/match', bodies, connections };
      };
      const { one, two, crowded } = await inTurns({
        one: target([api], EACH),
        two: target([api, secondApi], 2 * EACH),
        crowded: target([api], 2 * EACH),
      });
      const row = { name: `${title(name)} (${two.failures} failed)`, value: two.perSecond };
      rows.push(
        { ...row, unit: '/s', ...beside(`one process, ${EACH} connections`, one), aim },
        { ...row, unit: '/s', ...beside(`one process, ${2 * EACH}`, crowded), aim: '–' },
      );
    }
    return rows;
  });

function title(spread: string): string {
  return `verify/match of ${spread}, two API processes, ${EACH} connections each`;
}

function beside(yardstick: string, { perSecond }: Burst) {
  return { yardstick, beside: perSecond };
}
