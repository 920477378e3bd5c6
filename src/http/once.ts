import type { Request } from 'express';
import type { Context } from '../context';
import { invalid } from '../errors';
import { acquireKey, type HeldKey, type StoredResponse } from '../core/idempotency/acquire-key';
import { completeKey } from '../core/idempotency/complete-key';
import { whileHeld } from '../core/idempotency/hold-key';
import { type Answer, repeated, storedResponse } from './answer';

const KEY_MAX_CHARACTERS = 200;

/**
 * Carries out a call; only once if it came with an Idempotency-Key.
 * @param asked the request that the key stands for; the key is refused for any other
 * @param work gets the held key, if there is one
 * @param replay makes the answer to a repeat; default: the stored answer
 * @throws AppError idempotency_mismatch, idempotency_running; whatever `work` and `replay` throw
 */
export type Once = (
  asked: unknown,
  work: (heldKey: HeldKey | undefined) => Promise<Answer>,
  replay?: (stored: StoredResponse) => Promise<Answer>,
) => Promise<Answer>;

const always: Once = (_asked, work) => work(undefined);

/** Whether a call comes with an Idempotency-Key. */
export function hasKey(request: Request): boolean {
  return request.headers['idempotency-key'] !== undefined;
}

/**
 * Reads a call's Idempotency-Key.
 * @param call.scope keeps the keys of different callers apart; null: keys are ignored
 * @param call.path the route's pattern, so that all its prefixes are one call
 * @throws AppError invalid_request when the key is empty or too long
 */
export function onceByKey(
  ctx: Context,
  call: { request: Request; scope: string | null; method: string; path: string },
): Once {
  const { request, scope, method, path } = call;
  const key = request.get('idempotency-key');
  if (key === undefined || scope === null || !['post', 'delete'].includes(method)) return always;
  if (key.length === 0 || key.length > KEY_MAX_CHARACTERS) {
    throw invalid('Idempotency-Key', `must have 1 to ${String(KEY_MAX_CHARACTERS)} characters`);
  }
  const params = JSON.stringify(Object.entries(request.params));
  const scoped = { ctx, scope: `${scope} ${method} ${path} ${params}`, key };
  return async (asked, work, replay) => {
    const acquired = await acquireKey({ ...scoped, request: asked });
    if ('heldKey' in acquired) return underKey(ctx, acquired.heldKey, work);
    return replay ? replay(acquired.replay) : repeated(acquired.replay);
  };
}

/** Keeps successes only; after a failure the key is free for the next try. */
function underKey(
  ctx: Context,
  heldKey: HeldKey,
  work: (heldKey: HeldKey) => Promise<Answer>,
): Promise<Answer> {
  return whileHeld({
    ctx,
    heldKey,
    work: async () => {
      const answer = await work(heldKey);
      if (!answer.keyCompleted) {
        await completeKey({ ctx, heldKey, response: storedResponse(answer) });
      }
      return answer;
    },
  });
}
