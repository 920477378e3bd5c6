import { finishRevocation } from '../../src/revocations/finish-revocation';
import type { Handler } from '../handler';

/** Writes what is still missing of a revocation whose flags are set. */
export const followUpRevocation: Handler<'follow-up-revocation'> = ({ ctx, payload }) =>
  finishRevocation({ ctx, revocationId: payload.revocation_id });
