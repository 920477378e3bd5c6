import type { Completion } from '../core/idempotency/commit-change';
import type { Context } from '../context';
import { AppError } from '../errors';
import type { HeldKey } from '../core/idempotency/acquire-key';
import { type Answer, storedResponse } from './answer';

/**
 * Carries out a change and answers it. Under an Idempotency-Key the first answer is stored in the
 * transaction of the change: both happen once or not at all, and a repeat is answered from the
 * store, without the secrets that `answerOf` leaves out of its `replayBody`.
 */
export async function madeOnce<Result>({
  ctx,
  heldKey,
  change,
  answerOf,
}: {
  ctx: Context;
  heldKey: HeldKey | undefined;
  change: (completion: Completion<Result>) => Promise<Result>;
  answerOf: (result: Result) => Answer;
}): Promise<Answer> {
  const result = await change(async (session, made) => {
    if (!heldKey) return;
    const response = storedResponse(answerOf(made));
    const completion = { id: heldKey.id, lease: heldKey.lease, response };
    const held = await ctx.store.idempotency.complete([completion], session);
    // The lease ran out and another holder carries on: nothing of this try may stand.
    if (held !== 1) throw new AppError('unavailable', { retryAfterSeconds: 1 });
  });
  return { ...answerOf(result), keyCompleted: true };
}

/** 201 with what was made. */
export function created(made: unknown): Answer {
  return { status: 201, body: made };
}

/** 201 with what was made; a replay leaves out the field with the secret. */
export function createdWithSecret<Field extends string>(
  made: Record<Field, unknown> & object,
  secretField: Field,
): Answer {
  const { [secretField]: _secret, ...replayBody } = made;
  return { status: 201, body: made, replayBody };
}
