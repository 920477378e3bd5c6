import type { Context } from '../../../context';
import type { Session } from '../../../store';
import type { RowClaim } from '../../../store/batch-rows';
import type { Batch } from '../../../store/batches';
import type { Channel } from '../../../store/certificates';
import { partId, type Revocation } from '../../../store/revocations';
import { isFullyOptedOut } from '../../revocations/channels';
import { MAX_CERTIFICATES_PER_ENTRY } from '../../revocations/revocation-entry';
import { newRevocation } from '../../revocations/new-revocation';
import { requestName, toRowClaim } from './claims';
import { findClaimed } from './find-claimed';
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
  /** For an oversized row: how many certificates its own requests revoked, and what it claims. */
  oversized: { revoked: number; claims: RowClaim[] } | null;
}

/** Certificates that a request is to be made for. */
interface Asked {
  /** Undefined: they are revoked. */
  channels: readonly Channel[] | undefined;
  ids: string[];
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
  const claimed = await findClaimed({ ctx, batch, certificates, firstRow, session });
  for (const claim of last ? claimedBy(last) : []) claimed.add(claim);
  const matched = matchRows(rows, named, claimed);
  const opened = { firstRow, rows, matched, oversized: null };
  if (batch.dry_run || recorded.length > 0) return { ...opened, parts: recorded };
  const parts = newParts(batch, firstRow, rows.length, toRevoke(matched), ctx.now());
  if (parts.length > 0) await ctx.store.revocations.insertMany(parts, session);
  return { ...opened, parts };
}

function claimedBy({ matched }: OpenedRows): RowClaim[] {
  return matched.flatMap((match) => (match.outcome === null ? match.claims.map(toRowClaim) : []));
}

/** What rows claim and is not revoked yet, by what is to be asked for; what revokes comes last. */
function toRevoke(matched: Matched[]): Asked[] {
  const asked = new Map<string, Asked>();
  for (const match of matched) {
    for (const { certificate, channels, request } of match.outcome === null ? match.claims : []) {
      if (isFullyOptedOut(certificate.opt_out, channels)) continue;
      const name = requestName(request);
      const same = asked.get(name) ?? { channels: request, ids: [] };
      same.ids.push(certificate._id);
      asked.set(name, same);
    }
  }
  const isLast = ({ channels }: Asked): number => (channels ? 0 : 1);
  return [...asked.values()].sort((a, b) => isLast(a) - isLast(b));
}

function newParts(
  batch: Batch,
  firstRow: number,
  rowCount: number,
  asked: Asked[],
  requested_at: Date,
): Revocation[] {
  const { company_id, method, actor, ip, reason } = batch;
  const rows = { first: firstRow, last: firstRow + rowCount - 1 };
  return asked.flatMap(inPages).map(({ channels, ids }, page) =>
    newRevocation({
      _id: partId(batch._id, firstRow, page),
      company_id,
      method,
      actor,
      ip,
      reason,
      ...(channels && { channels: [...channels] }),
      requested_at,
      certificate_ids: ids,
      batch_id: batch._id,
      rows,
    }),
  );
}

/** The ids in order, as many as fit into an entry of the audit. */
function inPages({ channels, ids }: Asked): Asked[] {
  const sorted = ids.sort();
  const pages = Math.ceil(sorted.length / MAX_CERTIFICATES_PER_ENTRY);
  return Array.from({ length: pages }, (_, page) => {
    const from = page * MAX_CERTIFICATES_PER_ENTRY;
    return { channels, ids: sorted.slice(from, from + MAX_CERTIFICATES_PER_ENTRY) };
  });
}
