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

/** The right to perform the operation of an Idempotency-Key. */
export interface HeldKey {
  id: string;
  lease: string;
  /** The same for every attempt under this key; it makes the effect unique. */
  operationId: string;
}

export interface KeyRequest {
  ctx: Context;
  /** The caller and the route: equal keys of different callers or routes never meet. */
  scope: string;
  key: string;
  /** What was asked; stored as a keyed hash only. */
  request: unknown;
}

/**
 * Acquires an Idempotency-Key for 24 hours. It is held by a lease in MongoDB: when a process dies,
 * the next attempt can take over after 30 s.
 * @returns the held key, or the first answer to repeat
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
  // Released between our insert and this read.
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
 * Releases a key after a failure. A refusal did nothing, so the key is free again; when the outcome
 * is unknown, the next attempt continues under the same operation id.
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
