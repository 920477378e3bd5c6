import { makeCompanies, matchBodies } from './data';
import { burst, inTurns, type Pace } from './load';
import type { Part } from './part';
import { peakMebibytes } from './process-usage';
import { withServers } from './servers';

const CERTIFICATES = 200;
const FEW = 64;
const MANY = 256;
const TOO_MANY = 2_000;
/** Long enough for every one of them to be answered several times. */
const PACE: Pace = { rounds: 3, settleMs: 3_000, countedMs: 5_000 };

/** What more callers than it can serve in time leave of an API process, and what they cost it. */
export const overloadRows: Part = ({ ctx, env, say }) =>
  withServers(env, ['api'], async ({ api }) => {
    say(`verify/match, ${TOO_MANY} connections …`);
    const bodies = matchBodies(await makeCompanies(ctx, 1, CERTIFICATES));
    const target = (connections: number) => {
      return { servers: [api], path: '/verify/match', bodies, connections };
    };
    await burst(target(MANY), PACE);
    const usualPeak = peakMebibytes(api.pid);
    const turns = { few: target(FEW), many: target(MANY), tooMany: target(TOO_MANY) };
    const { few, many, tooMany } = await inTurns(turns, PACE);
    const peak = peakMebibytes(api.pid);

    const best = Math.max(few.perSecond, many.perSecond);
    const { p50Ms, p99Ms, failures } = tooMany;
    const times = `p50 ${Math.round(p50Ms)} ms, p99 ${Math.round(p99Ms)} ms, ${failures} refused`;
    const load = `verify/match, ${TOO_MANY.toLocaleString('en-US')} connections`;
    return [
      {
        name: `${load} (${times})`,
        value: tooMany.perSecond,
        unit: '/s',
        yardstick: `the better of ${FEW} and ${MANY} connections`,
        beside: best,
        aim: '≥ 0.8',
      },
      {
        name: `peak memory of the API process, ${load}`,
        value: peak,
        unit: 'MiB',
        yardstick: `${MANY} connections`,
        beside: usualPeak,
        aim: 'bounded',
      },
    ];
  });
