import type { IdentifierColumn } from '../../../store/batches';

/** The columns of a scrub's file that name who is asked about. */
export const SCRUB_COLUMNS = [
  'email',
  'mobile',
  'email_sha256',
  'mobile_sha256',
] as const satisfies IdentifierColumn[];

/** The columns that the result has after those of the file. */
export const ANSWER_COLUMNS = ['allowed', 'reason', 'certificate_id', 'consent_opt_in'] as const;
