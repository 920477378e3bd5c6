import { sweepDue as sweep } from '../../src/core/cleanup/sweep-due';
import type { Handler } from '../handler';

/** Finds everything that is due for removal. */
export const sweepRetention: Handler<'sweep-retention'> = ({ ctx, signal }) =>
  sweep({ ctx, signal, now: ctx.now() });
