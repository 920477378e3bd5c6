import type { HeldKey } from '../core/idempotency/acquire-key';
import type { Completion } from '../core/idempotency/commit-change';
import { completeKey } from '../core/idempotency/complete-key';
import type { Context } from '../context';
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
    await completeKey({ ctx, heldKey, response: storedResponse(answerOf(made)), session });
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
