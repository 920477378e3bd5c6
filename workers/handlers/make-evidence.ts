import { makeEvidence as make } from '../../src/core/evidence/make-evidence';
import type { Handler } from '../handler';

/** Makes the file of all that proves one certificate. */
export const makeEvidence: Handler<'make-evidence'> = ({ ctx, payload, signal }) =>
  make({ ctx, evidenceId: payload.evidence_id, signal });
