import type { Caller, Context } from '../../src/context';
import { changeEntry } from '../../src/core/audit/record-change';
import { DEMO_COMPANY_ID } from '../../src/core/credentials/find-demo';
import type { AuditAction } from '../../src/store/audit-actions';
import type { Documents } from '../services/collections';

export const COMPANY_ID = DEMO_COMPANY_ID;
/** Who set the company up. */
export const OPERATOR: Caller = { actor: { type: 'operator', id: null }, ip: null };

const WRITTEN = [
  'companies',
  'properties',
  'tokens',
  'users',
  'certificates',
  'recordings',
  'retentions',
  'portalRequests',
  'batches',
  'revocations',
  'ledgerPages',
  'statements',
  'certificateChecks',
  'activityDays',
  'audit',
] as const;
type Written = (typeof WRITTEN)[number];

/** A file in the bucket `uploads`. */
export interface PastFile {
  id: string;
  bytes: Buffer;
  at: Date;
}

/** The lines of `errors.csv` of a batch, as `batch_errors` holds them. */
export interface PastErrors {
  _id: string;
  lines: object[];
}

/** What has happened until now, as documents that are written together. */
export type Past = { [Name in Written]: Documents[Name][] } & {
  files: PastFile[];
  batchErrors: PastErrors[];
};

/** Nothing has happened yet. */
export function newPast(): Past {
  const empty = Object.fromEntries(WRITTEN.map((name) => [name, []]));
  return { ...empty, files: [], batchErrors: [] } as unknown as Past;
}

/** The names of the collections, in the order in which they are written. */
export const PAST_COLLECTIONS: readonly Written[] = WRITTEN;

/** The context as it was: what is made with it is stamped with this time. */
export function asOf(ctx: Context, at: Date): Context {
  return Object.create(ctx, { now: { value: () => at } }) as Context;
}

/** Notes in the audit that somebody changed something. */
export function noteChange(
  ctx: Context,
  past: Past,
  change: {
    action: AuditAction;
    entryId: string;
    at: Date;
    caller: Caller;
    certificates?: string[];
  },
): void {
  past.audit.push(changeEntry({ ctx, companyId: COMPANY_ID, ...change }));
}
