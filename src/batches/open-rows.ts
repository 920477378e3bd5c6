import type { Context } from '../context';
import type { Session } from '../store';
import type { Batch } from '../store/batches';
import type { NamedCertificate } from '../store/certificates';
import { partId, type Revocation } from '../store/revocations';
import { MAX_CERTIFICATES_PER_ENTRY } from '../revocations/finish-revocation';
import type { JudgedRow } from './judge-row';
import { type Matched, matchRows } from './match-rows';

/** More certificates are not looked at together: fewer rows are taken instead. */
const MAX_CERTIFICATES = 20_000;

/** Rows whose certificates are known and, unless it is a dry run, written down to be revoked. */
export interface OpenedRows {
  firstRow: number;
  rows: JudgedRow[];
  matched: Matched[];
  /** What is to be revoked, at most 1,000 certificates each; recorded before this is returned. */
  parts: Revocation[];
  /** How many certificates requests of their own have revoked for these rows. */
  apart: number;
}

/** One row names more certificates than are looked at together. */
export type TooMany = 'too_many';

/**
 * Looks the rows up, all in one query, and writes down what is to be revoked. Where a process has
 * done so before and died, what it wrote down counts.
 * @returns the first of the rows as opened, perhaps not all; null when there is nothing recorded
 * for them and `onlyRecorded` is asked for
 */
export async function openRows(
  ctx: Context,
  batch: Batch,
  ahead: JudgedRow[],
  { firstRow, onlyRecorded }: { firstRow: number; onlyRecorded: boolean },
  session: Session,
): Promise<OpenedRows | TooMany | null> {
  const recorded = batch.dry_run
    ? []
    : await ctx.store.revocations.findPartsAt(batch._id, firstRow, session);
  if (onlyRecorded && recorded.length === 0) return null;
  const lastRecorded = recorded[0]?.rows?.last;
  const rows = lastRecorded === undefined ? ahead : ahead.slice(0, lastRecorded - firstRow + 1);
  const looked = await lookUp(ctx, batch, rows, session);
  if (looked === 'too_many') return looked;
  const claimed = await findClaimed(ctx, batch, looked.certificates, firstRow, session);
  const matched = matchRows(looked.rows, looked.certificates, claimed);
  const opened = { firstRow, rows: looked.rows, matched, apart: 0 };
  if (batch.dry_run || recorded.length > 0) return { ...opened, parts: recorded };
  const parts = newParts(batch, firstRow, looked.rows.length, toRevoke(matched));
  if (parts.length > 0) await ctx.store.revocations.insertMany(parts, session);
  return { ...opened, parts };
}

/** What the first of the rows name: as many rows as have not too many certificates. */
async function lookUp(
  ctx: Context,
  batch: Batch,
  rows: JudgedRow[],
  session: Session,
): Promise<{ rows: JudgedRow[]; certificates: NamedCertificate[] } | TooMany> {
  const found = await ctx.store.certificates.findForRows(
    batch.company_id,
    {
      ids: distinct(rows.flatMap((row) => row.ids)),
      email_hashes: distinct(rows.flatMap((row) => row.email_hashes)),
      mobile_hashes: distinct(rows.flatMap((row) => row.mobile_hashes)),
    },
    MAX_CERTIFICATES + 1,
    session,
  );
  if (found.length > MAX_CERTIFICATES) {
    if (rows.length <= 1) return 'too_many';
    return lookUp(ctx, batch, rows.slice(0, rows.length >> 1), session);
  }
  // What is younger than the request is new consent.
  const certificates = found.filter(({ created_at }) => created_at <= batch.requested_at);
  return { rows, certificates };
}

/** Certificates that rows before `firstRow` claimed: they won them, or remembered that others had. */
async function findClaimed(
  ctx: Context,
  batch: Batch,
  certificates: NamedCertificate[],
  firstRow: number,
  session: Session,
): Promise<Set<string>> {
  const claimed = new Set<string>();
  const others: string[] = [];
  const ownPrefix = `${batch._id}.`;
  const firstOwn = partId(batch._id, firstRow, 0);
  for (const { _id, opt_out } of certificates) {
    const by = opt_out.revocation_id;
    if (by?.startsWith(ownPrefix)) {
      // In ASCII the dash, after which the pages are numbered, comes before every digit.
      if (by < firstOwn) claimed.add(_id);
    } else if (opt_out.revoke || batch.dry_run) {
      others.push(_id);
    }
  }
  if (others.length > 0) {
    const scope = { batchId: batch._id, run: batch.run, beforeRow: firstRow };
    for (const id of await ctx.store.batchRows.findClaimed(scope, others, session)) {
      claimed.add(id);
    }
  }
  return claimed;
}

/** Ids, in order, of what rows claim and nobody has revoked. */
function toRevoke(matched: Matched[]): string[] {
  const ids = matched.flatMap((match) =>
    match.outcome === null
      ? match.claims.filter(({ opt_out }) => !opt_out.revoke).map(({ _id }) => _id)
      : [],
  );
  return ids.sort();
}

function newParts(batch: Batch, firstRow: number, rowCount: number, ids: string[]): Revocation[] {
  const { company_id, method, actor, ip, reason } = batch;
  const requested_at = new Date();
  const rows = { first: firstRow, last: firstRow + rowCount - 1 };
  const pages = Math.ceil(ids.length / MAX_CERTIFICATES_PER_ENTRY);
  return Array.from({ length: pages }, (_, page) => ({
    _id: partId(batch._id, firstRow, page),
    ...{ company_id, method, actor, ip, reason, requested_at, rows },
    certificate_ids: ids.slice(
      page * MAX_CERTIFICATES_PER_ENTRY,
      (page + 1) * MAX_CERTIFICATES_PER_ENTRY,
    ),
    state: 'recorded' as const,
    flags_committed_at: null,
    completed_at: null,
    enqueued_at: null,
    batch_id: batch._id,
  }));
}

function distinct(values: string[]): string[] {
  return [...new Set(values)];
}
