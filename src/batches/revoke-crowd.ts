import type { Context } from '../context';
import { revokeAllFound } from '../revocations/revoke-by-identifiers';
import { rowKey } from '../store/batch-rows';
import type { Batch } from '../store/batches';
import { keysOf, type LookedUp } from './look-up-rows';
import type { OpenedRows } from './open-rows';

const IDS_AT_A_TIME = 10_000;
const PREVIEWED_AT_MOST = 100_000;

/**
 * Revokes what one row names where that is more than is looked at together, by requests of its own
 * that are recorded under the row's number. Repeats of the row count as already revoked.
 */
export async function revokeCrowd(
  ctx: Context,
  batch: Batch,
  { rows }: LookedUp,
): Promise<OpenedRows> {
  const firstRow = batch.rows_read + 1;
  const find = (limit: number) =>
    ctx.store.transaction((session) => {
      const { ids, ...hashes } = keysOf(rows);
      const names = { certificate_id: ids[0], ...hashes };
      return ctx.store.certificates.idsByIdentifiers(batch.company_id, names, limit, session);
    });
  const revoked = batch.dry_run
    ? (await find(PREVIEWED_AT_MOST)).length
    : (await revokeAllFound(request(ctx, batch, firstRow), () => find(IDS_AT_A_TIME))).revoked;
  const outcome = revoked > 0 ? ('revoked' as const) : ('already_revoked' as const);
  return { firstRow, rows, matched: [{ outcome }], parts: [], apart: revoked };
}

function request(ctx: Context, batch: Batch, firstRow: number) {
  const { _id, company_id, method, actor, ip, reason } = batch;
  const operationId = `${_id}.${rowKey(firstRow)}`;
  return { ctx, companyId: company_id, method, reason, caller: { actor, ip }, operationId };
}
