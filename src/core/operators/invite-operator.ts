import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { hashSecret } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { AuditAction } from '../../store/audit-actions';
import type { Operator } from '../../store/operators';
import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';
import { commitChange, type Completion } from '../idempotency/commit-change';
import { madeByForm, minting } from '../idempotency/made-by-form';
import type { NewInvitation } from '../users/add-user';
import { linkExpiry, type MadeLink, makeLink } from './make-link';
import { operatorView } from './operator-view';

interface Request {
  ctx: Context;
  caller: Caller;
  /** Names the form it was asked for with: a repeat gets the same link. */
  operationId?: string | undefined;
  completion?: Completion<MadeLink> | undefined;
}

/**
 * Adds an operator, who sets a password by the link that is returned.
 * @throws AppError already_exists when there is an operator with this email
 */
export function inviteOperator({
  input,
  ...request
}: Request & { input: NewInvitation }): Promise<MadeLink> {
  const { ctx, operationId } = request;
  const minted = minting({ ctx, companyId: OPERATOR_LOG, operationId, input });
  const operator: Operator = {
    _id: minted.id('opr'),
    ...input,
    password_hash: null,
    created_at: ctx.now(),
    removed_at: null,
  };
  return linked(request, operator, minted.secret('rescind_opl'), async (session, secret) => {
    await ctx.store.operators.insert(operator, session);
    const made = await makeLink({ ...request, session, operator, kind: 'invitation', secret });
    await record(request, session, 'operator.invited', `${operator._id} ${input.role}`);
    return made;
  });
}

/**
 * Makes the link by which an operator sets a new password, or their first one after all; the old
 * password works until then.
 * @throws AppError operator_not_found
 */
export async function resetOperator({
  operatorId,
  ...request
}: Request & { operatorId: string }): Promise<MadeLink> {
  const { ctx, operationId } = request;
  const operator = await ctx.store.operators.find(operatorId);
  if (!operator) throw new AppError('operator_not_found');
  const input = { operatorId, what: 'reset' };
  const minted = minting({ ctx, companyId: OPERATOR_LOG, operationId, input });
  return linked(request, operator, minted.secret('rescind_opl'), async (session, secret) => {
    // Removed meanwhile.
    const found = await ctx.store.operators.find(operatorId, session);
    if (!found) throw new AppError('operator_not_found');
    const made = await makeLink({ ...request, session, operator: found, kind: 'reset', secret });
    await record(request, session, 'operator.reset_issued', operatorId);
    return made;
  });
}

/** Makes a link, or gives the one again that the same form has made and nobody has used. */
async function linked(
  { ctx, operationId, completion }: Request,
  operator: Operator,
  secret: string,
  change: (session: Session, secret: string) => Promise<MadeLink>,
): Promise<MadeLink> {
  const findMade = async () =>
    (await ctx.store.operators.findLink(hashSecret(secret), ctx.now()))?.created_at;
  return madeByForm({
    ctx,
    operationId,
    findMade,
    make: async () => {
      if (await findMade()) throw new AppError('already_exists');
      return commitChange({ ctx, completion, change: (session) => change(session, secret) });
    },
    again: (at) => ({ operator: operatorView(operator), secret, expires_at: linkExpiry(at) }),
  });
}

function record(
  { ctx, caller }: Request,
  session: Session,
  action: AuditAction,
  reason: string,
): Promise<void> {
  return recordChange({ ctx, session, companyId: OPERATOR_LOG, action, caller, reason });
}
