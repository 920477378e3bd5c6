import type { Context } from '../../context';
import type { WitnessSetting } from '../../lib/witness-list';
import type { Region } from '../../store/regions';
import { createOutageLog, type OutageLog } from '../../telemetry/outage-log';
import { Contradiction, submitCheckpoint, type Submitted } from './submit-checkpoint';

/** A witness, and what this process knows of it. */
export interface Witness extends WitnessSetting {
  /** What it has cosigned, as far as this process knows: it says so itself when that is wrong. */
  size: number;
  failures: number;
  /** How long it is waited for. */
  deadlineMs: number;
  /** By the process's own clock. */
  askAgainAtMs: number;
  outage: OutageLog;
}

/** What witnesses say of a checkpoint. */
export interface Cosigned {
  /** Lines of signatures, of those that answered in time. */
  lines: string[];
  /** Why this is not the log that one of them knows; null: nobody says so. */
  contradiction: string | null;
}

const DEADLINE_MS = 2_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** The witnesses of WITNESSES, which nobody has asked yet. */
export function newWitnesses({ ctx, region }: { ctx: Context; region: Region }): Witness[] {
  return ctx.config.witnesses.map((witness) => ({
    ...witness,
    size: 0,
    failures: 0,
    deadlineMs: DEADLINE_MS,
    askAgainAtMs: 0,
    outage: createOutageLog(ctx.log, `witness ${witness.key.name} (log of region ${region})`),
  }));
}

/**
 * Has all witnesses cosign a checkpoint at once. Who does not within 2 s is left out, and then is not
 * asked for a second, which doubles up to a minute while it lasts.
 */
export async function askWitnesses(
  submitted: Submitted,
  witnesses: readonly Witness[],
): Promise<Cosigned> {
  const said = await Promise.all(witnesses.map((witness) => ask(submitted, witness)));
  return {
    lines: said.flatMap(({ lines }) => lines),
    contradiction: said.find((one) => one.contradiction !== null)?.contradiction ?? null,
  };
}

async function ask(submitted: Submitted, witness: Witness): Promise<Cosigned> {
  if (performance.now() < witness.askAgainAtMs) return { lines: [], contradiction: null };
  try {
    const signal = AbortSignal.timeout(witness.deadlineMs);
    const line = await submitCheckpoint(submitted, witness, witness.size, signal);
    witness.size = submitted.head.size;
    witness.failures = 0;
    witness.outage.answered();
    return { lines: [line], contradiction: null };
  } catch (error) {
    if (error instanceof Contradiction) return { lines: [], contradiction: error.message };
    witness.outage.failed(error);
    const wait = FIRST_WAIT_MS * 2 ** witness.failures;
    witness.askAgainAtMs = performance.now() + Math.min(wait, LONGEST_WAIT_MS);
    witness.failures += 1;
    return { lines: [], contradiction: null };
  }
}
