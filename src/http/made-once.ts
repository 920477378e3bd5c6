import type { HeldKey } from '../core/idempotency/acquire-key';
import type { Completion } from '../core/idempotency/commit-change';
import { completeKey } from '../core/idempotency/complete-key';
import type { Context } from '../context';
import { type Answer, storedResponse } from './answer';

/**
 * Makes a change and answers it. Under an Idempotency-Key the answer is stored in the transaction of
 * the change: both happen once or not at all, and a repeat gets the stored answer, without the
 * secrets that `answerOf` leaves out of its `replayBody`.
 * @throws whatever `change` throws, and AppError unavailable when the key's lease was lost
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
