import type { Context } from '../../../context';
import type { Session } from '../../../store';
import type { Batch } from '../../../store/batches';
import type { NamedCertificate } from '../../../store/certificate-revoking';
import { partId, type Revocation } from '../../../store/revocations';
import { MAX_CERTIFICATES_PER_ENTRY } from '../../revocations/revocation-entry';
import { newRevocation } from '../../revocations/new-revocation';
import type { JudgedRow } from './judge-row';
import { lookUpExactly, type LookedUp } from './look-up-rows';
import { type Matched, matchRows } from './match-rows';

/** Rows whose certificates are known and, unless it is a dry run, recorded to be revoked. */
export interface OpenedRows {
  firstRow: number;
  rows: JudgedRow[];
  matched: Matched[];
  /** What is to be revoked, up to 1,000 certificates each; recorded before this is returned. */
  parts: Revocation[];
  /** For an oversized row: how many certificates its own requests revoked, and its keys. */
  oversized: { revoked: number; keys: string[] } | null;
}

/** What the transaction that opens rows knows of the rows before them. */
export interface Before {
  firstRow: number;
  /** The rows just before these, whose flags the look-up may have missed. */
  last: OpenedRows | null;
  /** Open only what is already recorded. */
  onlyRecorded: boolean;
}

/**
 * Records what is to be revoked for rows that have been looked up. What a process that died has
 * recorded for them stands.
 * @returns null when nothing is recorded for them and `onlyRecorded` is set
 */
export async function openRows({
  ctx,
  batch,
  looked,
  before,
  session,
}: {
  ctx: Context;
  batch: Batch;
  looked: LookedUp;
  before: Before;
  session: Session;
}): Promise<OpenedRows | null> {
  const { firstRow, last, onlyRecorded } = before;
  // Only the lease's holder records, so that what another has recorded is right at the beginning.
  const mayBeRecorded = !batch.dry_run && last === null;
  const recorded = mayBeRecorded
    ? await ctx.store.revocations.findPartsAt(batch._id, firstRow, session)
    : [];
  if (onlyRecorded && recorded.length === 0) return null;
  const lastRecorded = recorded[0]?.rows?.last;
  const { rows, certificates, named } =
    lastRecorded === undefined
      ? looked
      : await lookUpExactly({ ctx, batch, looked, count: lastRecorded - firstRow + 1 });
  const claimed = await findClaimed(ctx, batch, certificates, firstRow, session);
  for (const id of last ? claimedBy(last) : []) claimed.add(id);
  const matched = matchRows(rows, named, claimed);
  const opened = { firstRow, rows, matched, oversized: null };
  if (batch.dry_run || recorded.length > 0) return { ...opened, parts: recorded };
  const parts = newParts(batch, firstRow, rows.length, toRevoke(matched), ctx.now());
  if (parts.length > 0) await ctx.store.revocations.insertMany(parts, session);
  return { ...opened, parts };
}

function claimedBy({ matched }: OpenedRows): string[] {
  return matched.flatMap((match) =>
    match.outcome === null ? match.claims.map(({ _id }) => _id) : [],
  );
}

/** Certificates that rows before `firstRow` claimed, whether this batch revoked them or others. */
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
      // The dash before the page number sorts before every digit in ASCII.
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

/** Ids, in order, of what rows claim and is not revoked yet. */
function toRevoke(matched: Matched[]): string[] {
  const ids = matched.flatMap((match) =>
    match.outcome === null
      ? match.claims.filter(({ opt_out }) => !opt_out.revoke).map(({ _id }) => _id)
      : [],
  );
  return ids.sort();
}

function newParts(
  batch: Batch,
  firstRow: number,
  rowCount: number,
  ids: string[],
  requested_at: Date,
): Revocation[] {
  const { company_id, method, actor, ip, reason } = batch;
  const rows = { first: firstRow, last: firstRow + rowCount - 1 };
  const pages = Math.ceil(ids.length / MAX_CERTIFICATES_PER_ENTRY);
  return Array.from({ length: pages }, (_, page) =>
    newRevocation({
      _id: partId(batch._id, firstRow, page),
      company_id,
      method,
      actor,
      ip,
      reason,
      requested_at,
      certificate_ids: ids.slice(
        page * MAX_CERTIFICATES_PER_ENTRY,
        (page + 1) * MAX_CERTIFICATES_PER_ENTRY,
      ),
      batch_id: batch._id,
      rows,
    }),
  );
}
