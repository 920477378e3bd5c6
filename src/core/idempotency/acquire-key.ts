import { createHash } from 'node:crypto';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { DAY_MS } from '../../lib/durations';
import { newId } from '../../lib/random-ids';
import type { NewRecord, SeenRecord, StoredResponse } from '../../store/idempotency';
import { type HeldKey, KEY_LEASE_MS, releaseLater } from './hold-key';

export type { HeldKey, StoredResponse };

const KEPT_MS = DAY_MS;

export interface KeyRequest {
  ctx: Context;
  /** The caller and the route: equal keys of different callers or routes never meet. */
  scope: string;
  key: string;
  /** What was asked; stored as a keyed hash only. */
  request: unknown;
}

/**
 * Acquires an Idempotency-Key for 24 hours. It is held by a lease in MongoDB, which `whileHeld`
 * renews: when a process dies, the next attempt can take over after 4 s.
 * @returns the held key, or the first answer to repeat
 * @throws AppError idempotency_mismatch (same key, other request), idempotency_running
 */
export async function acquireKey(
  input: KeyRequest,
): Promise<{ heldKey: HeldKey } | { replay: StoredResponse }> {
  const { ctx } = input;
  const { idempotency } = ctx.store;
  const text = JSON.stringify(input.request);
  const fresh = newRecord(input, ctx.identifiers.current('idempotent-request', text));
  const heldKey = { id: fresh._id, lease: fresh.lease, operationId: fresh.operation_id };
  try {
    if (await idempotency.insert(fresh, KEY_LEASE_MS)) return { heldKey };
  } catch (error) {
    // It may have been written all the same, and nobody would know of it.
    releaseLater({ ctx, heldKey, nothingDone: true });
    throw error;
  }
  const seen = await idempotency.find(fresh._id);
  // Released between our insert and this read.
  if (!seen) throw running(0);
  if (seen.expires_at.getTime() <= ctx.now().getTime()) {
    return takeOver(ctx, fresh, seen);
  }
  if (!ctx.identifiers.all('idempotent-request', text).includes(seen.request_hash)) {
    throw new AppError('idempotency_mismatch');
  }
  if (seen.response) return { replay: seen.response };
  if (seen.lease_left_ms > 0) throw running(seen.lease_left_ms);
  return takeOver(ctx, { ...fresh, operation_id: seen.operation_id }, seen);
}

/** By the end of the lease the key is answered, free, or renewed by somebody who still works. */
function running(leftMs: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(leftMs / 1000));
  return new AppError('idempotency_running', { retryAfterSeconds });
}

function newRecord({ ctx, scope, key }: KeyRequest, requestHash: string): NewRecord {
  return {
    _id: createHash('sha256').update(`${scope}\0${key}`).digest('base64url'),
    request_hash: requestHash,
    state: 'running',
    operation_id: newId('op'),
    lease: newId('lease'),
    response: null,
    expires_at: new Date(ctx.now().getTime() + KEPT_MS),
  };
}

async function takeOver(ctx: Context, record: NewRecord, seen: SeenRecord) {
  if (!(await ctx.store.idempotency.takeOver(record, seen, KEY_LEASE_MS))) {
    throw running(KEY_LEASE_MS);
  }
  return { heldKey: { id: record._id, lease: record.lease, operationId: record.operation_id } };
}
