import { settleRetention } from '../../src/wallet/settle-retention';
import type { Handler } from '../handler';

/** Carries out a retention whose fee is reserved. */
export const carryOutRetention: Handler<'carry-out-retention'> = ({ ctx, payload }) =>
  settleRetention({ ctx, retentionId: payload.retention_id });
