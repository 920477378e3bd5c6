import type { Context } from '../../context';
import { repeat, type Repetition } from '../../lib/repeat';
import { recordAccess } from '../security-log/record-access';
import { recordActivity } from './record-activity';

/** A crash loses what was counted in this time. */
const EVERY_MS = 5_000;

/**
 * Writes down every few seconds what the process counts in its memory: who got in, and what
 * companies did. `stop` writes the rest; call it when no more work comes in.
 */
export function startRecording({
  ctx,
  everyMs = EVERY_MS,
}: {
  ctx: Context;
  everyMs?: number;
}): Repetition {
  const record = async (): Promise<void> => {
    await Promise.all([recordAccess({ ctx }), recordActivity({ ctx })]);
  };
  const recording = repeat(everyMs, record);
  return {
    stop: async () => {
      await recording.stop();
      await record();
    },
  };
}
