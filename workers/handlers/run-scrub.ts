import { runScrub as run } from '../../src/core/batches/scrub/run-scrub';
import type { Handler } from '../handler';

/** Previews or answers one file of contacts. */
export const runScrub: Handler<'run-scrub'> = ({ ctx, payload, signal }) =>
  run({ ctx, batchId: payload.batch_id, signal });
