import { createHash } from 'node:crypto';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { DAY_MS } from '../../lib/durations';
import { newId } from '../../lib/random-ids';
import { isDuplicate } from '../../store';
import type { IdempotencyRecord, StoredResponse } from '../../store/idempotency';

export type { StoredResponse };

const KEPT_MS = DAY_MS;
const LEASE_MS = 30_000;

/** The right to carry out what an Idempotency-Key stands for. */
export interface HeldKey {
  id: string;
  lease: string;
  /** The same for every try under this key: the effect is made unique by it. */
  operationId: string;
}

export interface KeyRequest {
  ctx: Context;
  /** Who calls, and what: keys of different callers or calls never meet. */
  scope: string;
  key: string;
  /** What was asked; stored as a keyed hash only. */
  request: unknown;
}

/**
 * Claims an Idempotency-Key for 24 hours. The claim is a lease in MongoDB: a process that dies
 * leaves it to the next try after 30 s.
 * @returns a claim, or the first answer to give again
 * @throws AppError idempotency_mismatch (same key, other request), idempotency_running
 */
export async function acquireKey(
  input: KeyRequest,
): Promise<{ heldKey: HeldKey } | { replay: StoredResponse }> {
  const { ctx } = input;
  const text = JSON.stringify(input.request);
  const fresh = newRecord(input, ctx.identifiers.current('idempotent-request', text));
  const heldKey = { id: fresh._id, lease: fresh.lease, operationId: fresh.operation_id };
  try {
    await ctx.store.idempotency.insert(fresh);
    return { heldKey };
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
  const seen = await ctx.store.idempotency.find(fresh._id);
  // Given back between our insert and this read.
  if (!seen) throw new AppError('idempotency_running', { retryAfterSeconds: 1 });
  if (seen.expires_at.getTime() <= Date.now()) {
    return takeOver(ctx, fresh, seen);
  }
  if (!ctx.identifiers.all('idempotent-request', text).includes(seen.request_hash)) {
    throw new AppError('idempotency_mismatch');
  }
  if (seen.response) return { replay: seen.response };
  if (seen.lease_until.getTime() > Date.now()) {
    throw new AppError('idempotency_running', { retryAfterSeconds: 1 });
  }
  return takeOver(ctx, { ...fresh, operation_id: seen.operation_id }, seen);
}

function newRecord({ scope, key }: KeyRequest, requestHash: string): IdempotencyRecord {
  const now = Date.now();
  return {
    _id: createHash('sha256').update(`${scope}\0${key}`).digest('base64url'),
    request_hash: requestHash,
    state: 'running',
    operation_id: newId('op'),
    lease: newId('lease'),
    lease_until: new Date(now + LEASE_MS),
    response: null,
    expires_at: new Date(now + KEPT_MS),
  };
}

async function takeOver(ctx: Context, record: IdempotencyRecord, seen: IdempotencyRecord) {
  if (!(await ctx.store.idempotency.takeOver(record, seen))) {
    throw new AppError('idempotency_running', { retryAfterSeconds: 1 });
  }
  return { heldKey: { id: record._id, lease: record.lease, operationId: record.operation_id } };
}

/**
 * Gives a claim back after a failure. A refusal did nothing, so the key is free again; when the
 * outcome is not known the next try carries on with the same operation id.
 */
export async function releaseKey({
  ctx,
  heldKey,
  error,
}: {
  ctx: Context;
  heldKey: HeldKey;
  error: unknown;
}): Promise<void> {
  const refused = error instanceof AppError && error.status < 500;
  if (refused) await ctx.store.idempotency.remove(heldKey.id, heldKey.lease);
  else await ctx.store.idempotency.release(heldKey.id, heldKey.lease);
}
