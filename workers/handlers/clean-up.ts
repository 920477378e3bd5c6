import { runCleanup } from '../../src/core/cleanup/run-cleanup';
import type { Handler } from '../handler';

/** Runs one clean-up. */
export const cleanUp: Handler<'clean-up'> = ({ ctx, payload, signal }) =>
  runCleanup({ ctx, cleanupId: payload.cleanup_id, signal });
