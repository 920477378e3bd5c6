import { markDevice, readDevice } from '../accounts/known-device';
import type { Arrival } from '../accounts/new-session';
import { tellByMail } from '../accounts/tell-by-mail';
import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { hashSecret } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { Operator } from '../../store/operators';
import { newDevice } from '../messages/letters';
import { operatorAccount } from './operator-account';
import { openSession } from './session';

/** The secret of a new session, and the mark of the browser; each for a cookie. */
export interface SignedIn {
  secret: string;
  /** Null: there is nobody to mark it for. */
  device: string | null;
}

/**
 * Opens a session for an operator who has shown who they are; the browser's previous one ends.
 * @param operator null: who has the operator token
 * @param prove what else they have to show, in the same transaction; returns what the audit says of it
 * @throws AppError unauthenticated when they are no operator any more; what `prove` throws
 */
export async function letIn({
  ctx,
  operator,
  from,
  prove,
}: {
  ctx: Context;
  operator: Operator | null;
  from: Arrival;
  prove?: (session: Session) => Promise<string>;
}): Promise<SignedIn> {
  const operatorId = operator?._id ?? null;
  const { ip, previousSecret, device } = from;
  const secret = await ctx.store.transaction(async (session) => {
    if (operator) await requireUnchanged(ctx, operator, session);
    const reason = await prove?.(session);
    if (previousSecret !== undefined) {
      await ctx.store.operatorSessions.delete(hashSecret(previousSecret), session);
    }
    const caller = { actor: { type: 'operator', id: operatorId }, ip } as const;
    const action = 'operator.signed_in';
    await recordChange({ ctx, session, companyId: OPERATOR_LOG, action, caller, reason });
    if (operator && readDevice({ ctx, mark: device })?.user_id !== operatorId) {
      const account = operatorAccount(operator);
      await tellByMail({ ctx, session, account, ip, write: newDevice });
    }
    return openSession({ ctx, operatorId, from, transaction: session });
  });
  return { secret, device: operatorId && markDevice({ ctx, userId: operatorId }) };
}

/** Removed, or given another password, while theirs was tried. */
async function requireUnchanged(
  ctx: Context,
  { _id, password_hash }: Operator,
  session: Session,
): Promise<void> {
  const found = await ctx.store.operators.find(_id, session);
  if (found?.password_hash !== password_hash) throw new AppError('unauthenticated');
}
