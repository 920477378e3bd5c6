import type { Context } from '../../../context';
import type { HeldBatch } from './held-batch';

/** Rows that share a look-up, an update and a checkpoint. */
export const ROWS_AT_A_TIME = 8_000;
/** The first step takes fewer rows, each further one twice as many, so that counts appear soon. */
export const FIRST_ROWS = 1_000;
/** The most memory for the rows of a step, up to three of which are under way: long cells, many columns. */
export const MAX_STEP_BYTES = 16 * 1024 * 1024;

/** What works through the rows of a file is given. */
export interface RowSteps {
  ctx: Context;
  held: HeldBatch;
  signal: AbortSignal;
  /** The most rows between two checkpoints. */
  rowsAtATime: number;
}
