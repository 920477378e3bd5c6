import { settleByJob } from '../../src/core/retention/settle-by-job';
import type { Handler } from '../handler';

/** Carries out one retention. */
export const carryOutRetention: Handler<'carry-out-retention'> = ({ ctx, payload }) =>
  settleByJob({ ctx, jobRef: payload.job_ref });
