import type { Caller, Context } from '../../context';
import { HOUR_MS } from '../../lib/durations';
import { hashSecret } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { Operator, OperatorLink } from '../../store/operators';
import { type OperatorView, operatorView } from './operator-view';

const VALID_MS = 72 * HOUR_MS;

/** An operator, and the link by which they set their password; its secret is never shown again. */
export interface MadeLink {
  operator: OperatorView;
  secret: string;
  expires_at: Date;
}

/** Stores a link in the transaction of its audit entry; it replaces those made for them before. */
export async function makeLink({
  ctx,
  session,
  caller,
  operator,
  kind,
  secret,
}: {
  ctx: Context;
  session: Session;
  caller: Caller;
  operator: Operator;
  kind: OperatorLink['kind'];
  secret: string;
}): Promise<MadeLink> {
  const created_at = ctx.now();
  const expires_at = linkExpiry(created_at);
  await ctx.store.operators.deleteLinksFor(operator._id, session);
  await ctx.store.operators.insertLink(
    {
      _id: hashSecret(secret),
      operator_id: operator._id,
      kind,
      made_by: caller.actor,
      created_at,
      expires_at,
    },
    session,
  );
  return { operator: operatorView(operator), secret, expires_at };
}

/** When a link that was made then stops working. */
export function linkExpiry(createdAt: Date): Date {
  return new Date(createdAt.getTime() + VALID_MS);
}
