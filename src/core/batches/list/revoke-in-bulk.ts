import type { Caller, Context } from '../../../context';
import { distinct } from '../../../lib/distinct';
import { assertAtMost } from '../../../lib/assert-at-most';
import { retryOnDuplicate, type Session } from '../../../store';
import type { RowError } from '../../../store/batch-rows';
import type { Batch } from '../../../store/batches';
import { partId, type Revocation } from '../../../store/revocations';
import { bulkBatchId } from '../../idempotency/operation-ids';
import { findAllOrRemoved } from '../../identifiers/removed-ids';
import { newRevocation } from '../../revocations/new-revocation';
import { MAX_CERTIFICATES_PER_REQUEST } from '../../revocations/count-flagged';
import { recordEvents } from '../../webhooks/record-events';
import { batchEvents } from '../batch-event';
import { newBatch } from '../new-batch';
import { BULK_FIRST_ROW, listError, flagBulkBatch } from './flag-bulk-batch';
import { uploadExpiry } from '../upload-expiry';

export interface BulkRequest {
  ctx: Context;
  companyId: string;
  /** Each counts as a row, even when it is repeated. */
  certificateIds: string[];
  reason?: string | null | undefined;
  caller: Caller;
  /** Names the request, so that repeating it after a crash finishes what was recorded. */
  operationId?: string | undefined;
}

export interface BulkResult {
  batch: Batch;
  /** Ids that are no certificate of the company, each once. */
  notFound: string[];
}

/**
 * Revokes a list of up to 10,000 of a company's certificates. Every flag is on a majority before it
 * returns; a job writes the audit and completes the batch.
 * @throws RangeError when the list has more than 10,000 ids: `revokeLongList` takes those
 */
export async function revokeInBulk(request: BulkRequest): Promise<BulkResult> {
  const { ctx } = request;
  assertAtMost(MAX_CERTIFICATES_PER_REQUEST, request.certificateIds, 'certificate ids in bulk');
  const batchId = bulkBatchId(request);
  const { batch, notFound } = await retryOnDuplicate(() =>
    ctx.store.transaction(async (session) => {
      // Only a request that can be repeated can have been recorded before.
      const again = request.operationId !== undefined;
      const recorded = again ? await ctx.store.batches.find(batchId, session) : null;
      if (recorded) return { batch: recorded, notFound: null };
      return openBatch(request, batchId, session);
    }),
  );
  await ctx.reach('bulk.recorded');
  const flagged = await flagBulkBatch({ ctx, batch });
  await ctx.reach('bulk.enqueueing');
  if (flagged.open) ctx.outbox.recorded('batches', batchId);
  return { batch: flagged, notFound: notFound ?? (await notFoundBefore(ctx, flagged)) };
}

/** Resolves the list, and records what is to be revoked and the outcome of the rest. */
async function openBatch(
  request: BulkRequest,
  batchId: string,
  session: Session,
): Promise<{ batch: Batch; notFound: string[] }> {
  const { store } = request.ctx;
  const { toRevoke, rest, counts } = await resolve(request, session);
  const rows = request.certificateIds.length;
  const at = request.ctx.now();
  const revoking = toRevoke.length > 0;
  const batch = newBatch({
    _id: batchId,
    company_id: request.companyId,
    method: 'bulk',
    caller: request.caller,
    reason: request.reason ?? null,
    created_at: at,
    requested_at: at,
    upload_expires_at: uploadExpiry({ ctx: request.ctx, from: at }),
    ...counts,
    rows_read: rest.length,
    rows_total: rows,
    ...(revoking
      ? { state: 'revoking' }
      : { state: 'completed', open: false, flags_committed_at: at, completed_at: at }),
  });
  await store.batches.insert(batch, session);
  if (revoking) await store.revocations.insertMany([newPart(batch, toRevoke)], session);
  const scope = { batchId, run: batch.run, firstRow: BULK_FIRST_ROW };
  await store.batchRows.addErrors(scope, rest, session);
  await recordEvents({ ctx: request.ctx, session, told: batchEvents(batch, at) });
  return { batch, notFound: unknownIn(rest) };
}

async function resolve({ ctx, companyId, certificateIds }: BulkRequest, session: Session) {
  const ids = distinct(certificateIds);
  const { certificates } = ctx.store;
  const nobody = { email_hashes: [], mobile_hashes: [] };
  const found = await findAllOrRemoved({
    ctx,
    ids,
    find: (some) => certificates.findForRows(companyId, { ids: some, ...nobody }, 0, session),
  });
  const counts = { already_revoked: 0, not_found: 0, duplicate: 0 };
  const toRevoke: string[] = [];
  const rest: RowError[] = [];
  const seen = new Set<string>();
  certificateIds.forEach((id, i) => {
    // As in a file, an unknown id is `not_found` every time.
    const known = found.get(id);
    const repeated = seen.has(id) && known !== undefined;
    const outcome = repeated ? 'duplicate' : outcomeOf(known?.opt_out.revoke);
    seen.add(id);
    if (outcome === null) {
      toRevoke.push(known?._id ?? id);
    } else {
      counts[outcome] += 1;
      rest.push(listError(BULK_FIRST_ROW + i, id, outcome));
    }
  });
  return { toRevoke, rest, counts };
}

/** Null: it depends on which request is first. */
function outcomeOf(revoked: boolean | undefined): 'not_found' | 'already_revoked' | null {
  if (revoked === undefined) return 'not_found';
  return revoked ? 'already_revoked' : null;
}

function newPart(batch: Batch, certificate_ids: string[]): Revocation {
  const { company_id, method, actor, ip, reason, requested_at } = batch;
  return newRevocation({
    _id: partId(batch._id, BULK_FIRST_ROW, 0),
    company_id,
    method,
    actor,
    ip,
    reason,
    requested_at,
    certificate_ids,
    batch_id: batch._id,
    rows: { first: BULK_FIRST_ROW, last: batch.rows_total ?? BULK_FIRST_ROW },
  });
}

/** The unknown ids of the first try, which a crash ended. */
async function notFoundBefore(ctx: Context, { _id, run, not_found }: Batch): Promise<string[]> {
  if (not_found === 0) return [];
  const ids: string[] = [];
  for await (const { lines } of ctx.store.batchRows.errorPages(_id, run)) {
    ids.push(...unknownIn(lines));
  }
  return ids;
}

/** Each once, however often the list has it. */
function unknownIn(rest: RowError[]): string[] {
  return distinct(rest.flatMap(({ value, reason }) => (reason === 'not_found' ? value : [])));
}
