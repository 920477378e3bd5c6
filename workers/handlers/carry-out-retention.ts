import { settleByJob } from '../../src/core/retention/settle-by-job';
import type { Handler } from '../handler';

/** Keeps what one retention was paid for, and settles its fee. */
export const carryOutRetention: Handler<'carry-out-retention'> = ({ ctx, payload }) =>
  settleByJob({ ctx, jobRef: payload.job_ref });
