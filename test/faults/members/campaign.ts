import { checkInvariants } from './expect-invariants';
import type { Fault } from './faults';
import { startLoad } from './load';
import type { Tally } from './model';
import type { Stage } from './stage';

const PEOPLE_PER_ROUND = 700;
const BOTH = [0, 1];

/** How one round of a fault went. */
export interface Round extends Tally {
  fault: string;
  backMs: number;
  /** More than the fault accounts for: a member was too slow. */
  elections: number;
  broken: string[];
}

/** Lets a fault happen under load, ends the load, and holds everything against what callers were told. */
export async function playRound(stage: Stage, fault: Fault): Promise<Round> {
  const { model, people, set } = stage;
  await people.refill(PEOPLE_PER_ROUND);
  model.beginRound();
  const before = await set.term();
  const load = startLoad(stage);
  let backMs = Number.NaN;
  try {
    await model.answering(BOTH, performance.now());
    backMs = await fault.happen(stage);
    await model.answering(BOTH, performance.now());
  } catch (error) {
    model.break(fault.name, String(error));
  } finally {
    await load.stop();
  }
  await checkInvariants(stage);
  const elections = (await set.term()) - before;
  return { fault: fault.name, backMs, elections, broken: [...model.broken], ...model.tally };
}
