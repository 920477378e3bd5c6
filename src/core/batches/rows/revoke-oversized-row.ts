import type { Context } from '../../../context';
import type { Session } from '../../../store';
import { revokeAllFound } from '../../revocations/revoke-by-identifiers';
import { type RowClaim, rowKey } from '../../../store/batch-rows';
import type { Batch } from '../../../store/batches';
import type { Channel } from '../../../store/certificates';
import { Claimed, isByChannel } from './claims';
import { keysOf, type LookedUp } from './look-up-rows';
import type { OpenedRows } from './open-rows';

const IDS_AT_A_TIME = 10_000;
const MAX_PREVIEWED = 100_000;

/**
 * Revokes what one row names where that is too much for a look-up, by requests of its own that are
 * recorded under the row's number. The row claims its keys, so that a repetition of it is noticed;
 * other rows that name one of its certificates count as already revoked.
 */
export async function revokeOversizedRow({
  ctx,
  batch,
  looked,
}: {
  ctx: Context;
  batch: Batch;
  looked: LookedUp;
}): Promise<OpenedRows> {
  const { rows } = looked;
  const channels = rows[0]?.channels;
  const firstRow = batch.rows_read + 1;
  const { ids: certificate_ids, ...hashes } = keysOf(rows);
  const keys = [...certificate_ids, ...hashes.email_hashes, ...hashes.mobile_hashes];
  const opened = { firstRow, rows, parts: [] };
  const claims = await claimsOf(ctx, batch, keys, channels);
  if (claims.length === 0) {
    return { ...opened, matched: [{ outcome: 'duplicate' }], oversized: { revoked: 0, claims } };
  }
  const find = (limit: number, session: Session) =>
    ctx.store.certificates.idsByIdentifiers(
      batch.company_id,
      { certificate_ids, ...hashes },
      limit,
      session,
      { consentedBy: batch.requested_at, channels },
    );
  const revoked = batch.dry_run
    ? (await ctx.store.transaction((session) => find(MAX_PREVIEWED, session))).length
    : (
        await revokeAllFound({
          ...request(ctx, batch, firstRow),
          channels,
          resolve: (session) => find(IDS_AT_A_TIME, session),
        })
      ).revoked;
  const outcome = revoked > 0 ? ('revoked' as const) : ('already_revoked' as const);
  return { ...opened, matched: [{ outcome }], oversized: { revoked, claims } };
}

/** What no earlier row has claimed of the keys; nothing: the row is repeated. */
async function claimsOf(
  ctx: Context,
  batch: Batch,
  keys: string[],
  asked: readonly Channel[] | undefined,
): Promise<RowClaim[]> {
  const { _id: batchId, run, rows_read } = batch;
  const found = await ctx.store.transaction((session) => {
    const scope = { batchId, run, beforeRow: rows_read + 1 };
    return ctx.store.batchRows.findClaimed(scope, keys, isByChannel(batch), session);
  });
  const claimed = new Claimed();
  for (const claim of found) claimed.add(claim);
  return keys.flatMap((id) => claimed.claim(id, asked) ?? []);
}

function request(ctx: Context, batch: Batch, firstRow: number) {
  const { _id, company_id, method, actor, ip, reason } = batch;
  const operationId = `${_id}.${rowKey(firstRow)}`;
  return { ctx, companyId: company_id, method, reason, caller: { actor, ip }, operationId };
}
