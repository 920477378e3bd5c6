import { playRound, type Round } from './campaign';
import { askDeposed } from './deposed';
import { FAULTS, primaryCutOff, primaryHung, primaryKilled } from './faults';
import { openStage, type Stage } from './stage';
import { tableOf } from './table';

/** Given by `npm run soak -- --minutes N`: every fault, again and again. */
const MINUTES = Number(process.env.SOAK_MINUTES ?? '0');
const SHORT = [primaryKilled, primaryHung, primaryCutOff];
/** After a new primary; in the suite the machine is shared with other tests. */
const BACK_WITHIN_MS = MINUTES > 0 ? 5_000 : 15_000;
const START_MS = 180_000;
const ROUND_MS = 180_000;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
}, START_MS);
afterAll(() => stage.close(), START_MS);

test(
  'whatever part of a set of three members fails, what was acknowledged stands',
  async () => {
    const rounds: Round[] = [];
    const faults = MINUTES > 0 ? FAULTS : SHORT;
    const endsAt = Date.now() + MINUTES * 60_000;
    try {
      for (let i = 0; i < faults.length || Date.now() < endsAt; i++) {
        const round = await playRound(stage, faults[i % faults.length] ?? primaryKilled);
        rounds.push(round);
        report(round);
      }
    } finally {
      process.stderr.write(`\n${tableOf(rounds)}\n`);
    }
    expect(
      rounds.flatMap(({ fault, broken }) => broken.map((what) => `${fault}: ${what}`)),
    ).toEqual([]);
    for (const { fault, backMs } of rounds) {
      expect([fault, backMs < BACK_WITHIN_MS]).toEqual([fault, true]);
    }
    expect([...stage.webs, ...stage.workers].map((child) => child.ended())).toEqual([
      null,
      null,
      null,
      null,
    ]);
  },
  Math.max(SHORT.length * ROUND_MS, MINUTES * 60_000 + FAULTS.length * ROUND_MS),
);

test(
  'a primary that does not know yet that another was elected passes nobody who has revoked',
  async () => {
    expect(await askDeposed(stage)).toEqual({
      check: 503,
      'check repeated': 503,
      'certificate-info': 503,
      retention: 503,
      certificate: 503,
    });
  },
  ROUND_MS,
);

function report({ fault, backMs, broken, refused }: Round): void {
  if (MINUTES === 0) return;
  const calls = Object.entries(refused).map(([what, times]) => `${String(times)} × ${what}`);
  const back = `${fault}: back after ${(backMs / 1_000).toFixed(1)} s`;
  const lines = [back, `refused: ${calls.join(', ') || 'nothing'}`, ...broken];
  process.stderr.write(`${lines.join('\n  ')}\n`);
}
