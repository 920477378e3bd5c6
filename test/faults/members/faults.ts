import { setTimeout as pause } from 'node:timers/promises';
import type { Cut } from './network';
import type { Member } from './replica-set';
import type { Stage } from './stage';

const HUNG_MS = 15_000;
const CUT_OFF_MS = 8_000;
const PULSES = 30;
const PULSE_MS = { stopped: 350, running: 150 };
const STEP_DOWN_S = 10;
const BOTH = [0, 1];

/** One way in which a part may fail. */
export interface Fault {
  name: string;
  /**
   * Lets it happen under load, waits until callers are served, and puts everything right again.
   * @returns how long callers waited, in ms, from when they could have been served: from a new primary
   * that a majority follows, from a web process that listens again, or for the rest at once
   */
  happen: (stage: Stage) => Promise<number>;
}

export const primaryKilled: Fault = {
  name: 'primary killed',
  happen: async ({ set, model }) => {
    const primary = await set.primary();
    await primary.kill();
    try {
      return await backAfterElection({ set, model }, primary);
    } finally {
      await primary.start();
      await set.whole();
    }
  },
};

export const primaryHung: Fault = {
  name: 'primary hung for 15 s',
  happen: async ({ set, model }) => {
    const primary = await set.primary();
    primary.signal('SIGSTOP');
    const hung = pause(HUNG_MS);
    try {
      return await backAfterElection({ set, model }, primary);
    } finally {
      await hung;
      primary.signal('SIGCONT');
      await set.whole();
    }
  },
};

const stepDown: Fault = {
  name: 'step-down',
  happen: async ({ set, model }) => {
    const primary = await set.primary();
    await primary.admin.command({ replSetStepDown: STEP_DOWN_S, secondaryCatchUpPeriodSecs: 5 });
    const backMs = await backAfterElection({ set, model }, primary);
    await set.whole();
    return backMs;
  },
};

const secondaryKilled: Fault = {
  name: 'secondary killed',
  happen: async ({ set, model }) => {
    const primary = await set.primary();
    const secondary = set.members.find((member) => member !== primary);
    await secondary?.kill();
    const backMs = await model.backAfter(BOTH, performance.now());
    await model.answering(BOTH, performance.now(), 10);
    await secondary?.start();
    await set.whole();
    return backMs;
  },
};

/** The primary and one web process alone on one side, everybody else on the other. */
export const primaryCutOff: Fault = {
  name: 'primary and a web process cut off',
  happen: (stage) => cutOff(stage, [1], (primary) => apartWithFirstWeb(stage, primary)),
};

/** The cut that leaves a primary alone with the first web process. */
export function apartWithFirstWeb({ parties: [first] }: Stage, primary: string): Cut {
  const isInside = (party: string): boolean => party === primary || first.has(party);
  return (from, to) => isInside(from) !== isInside(to);
}

/** A web process that reaches the primary as well as the others. */
const primaryCutOffFromMost: Fault = {
  name: 'primary cut off but from a web process',
  happen: (stage) => {
    const [bridge] = stage.parties;
    return cutOff(stage, BOTH, (primary) => {
      const isCut = (one: string, other: string) => one === primary && !bridge.has(other);
      return (from, to) => isCut(from, to) || isCut(to, from);
    });
  },
};

/** It hears the others, and is not heard. */
const primaryUnheard: Fault = {
  name: 'primary not heard by members',
  happen: (stage) => {
    const members = new Set(stage.set.members.map(({ party }) => party));
    return cutOff(stage, BOTH, (primary) => (from, to) => from === primary && members.has(to));
  },
};

/**
 * Another member is elected at once. Left alone, most often the old primary gives up first; so there are
 * two for as long as that takes, which is when an old answer is to be feared.
 */
async function cutOff(
  { set, model }: Stage,
  reached: number[],
  cutFor: (primary: string) => Cut,
): Promise<number> {
  const primary = await set.primary();
  const heir = await set.prepareHeir(primary);
  set.network.cut(cutFor(primary.party));
  const apart = pause(CUT_OFF_MS);
  try {
    await heir.standForElection();
    return await backAfterElection({ set, model }, primary, reached);
  } finally {
    await apart;
    set.network.heal();
    await set.whole();
  }
}

async function backAfterElection(
  { set, model }: Pick<Stage, 'set' | 'model'>,
  old: Member,
  indexes = BOTH,
): Promise<number> {
  const { at } = await set.elected(old);
  return model.backAfter(indexes, at);
}

const webKilled = (index: 0 | 1): Fault => ({
  name: `web process ${String(index + 1)} killed`,
  happen: async (stage) => {
    await stage.webs[index].kill();
    await stage.model.answering([1 - index], performance.now());
    await stage.restartWeb(index);
    return stage.model.backAfter([index], performance.now());
  },
});

const workerKilled = (index: 0 | 1): Fault => ({
  name: `worker ${String(index + 1)} killed`,
  happen: async (stage) => {
    await stage.workers[index].kill();
    const backMs = await stage.model.backAfter(BOTH, performance.now());
    await stage.model.answering(BOTH, performance.now(), 10);
    await stage.restartWorker(index);
    return backMs;
  },
});

const redisKilled = (withFile: boolean): Fault => ({
  name: `Redis killed, ${withFile ? 'its file kept' : 'its file lost'}`,
  happen: async ({ redis, model }) => {
    await redis.kill();
    const backMs = await model.backAfter(BOTH, performance.now());
    await model.answering(BOTH, performance.now(), 20);
    await redis.comeBack({ withFile });
    return backMs;
  },
});

const redisHung: Fault = {
  name: 'Redis hung for 15 s',
  happen: async ({ redis, model }) => {
    redis.signal('SIGSTOP');
    const hung = pause(HUNG_MS);
    try {
      return await model.backAfter(BOTH, performance.now());
    } finally {
      await hung;
      redis.signal('SIGCONT');
    }
  },
};

const slowPrimary: Fault = {
  name: 'slow MongoDB, in pulses',
  happen: async ({ set, model }) => {
    const primary = await set.primary();
    const since = performance.now();
    for (let pulse = 0; pulse < PULSES; pulse++) {
      primary.signal('SIGSTOP');
      await pause(PULSE_MS.stopped);
      primary.signal('SIGCONT');
      await pause(PULSE_MS.running);
    }
    const backMs = await model.backAfter(BOTH, since);
    await set.whole();
    return backMs;
  },
};

/** All of them; those that follow each other hit different parts. */
export const FAULTS: Fault[] = [
  primaryKilled,
  redisKilled(true),
  primaryHung,
  webKilled(0),
  stepDown,
  workerKilled(0),
  primaryCutOff,
  redisHung,
  secondaryKilled,
  webKilled(1),
  primaryCutOffFromMost,
  redisKilled(false),
  slowPrimary,
  workerKilled(1),
  primaryUnheard,
];
