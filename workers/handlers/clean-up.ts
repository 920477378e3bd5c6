import { carryOutCleanup } from '../../src/core/cleanup/carry-out-cleanup';
import type { Handler } from '../handler';

/** Carries out one clean-up. */
export const cleanUp: Handler<'clean-up'> = ({ ctx, payload, signal }) =>
  carryOutCleanup({ ctx, cleanupId: payload.cleanup_id, signal });
