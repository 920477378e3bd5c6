import type { Context } from '../../context';
import type { NewInvitation } from './add-user';
import { confirmPassword } from './confirm-password';
import { inviteUser, issueReset, type MadeInvitation, type WriteLink } from './invite-user';
import type { DashboardUser } from './session';

interface Request {
  ctx: Context;
  by: DashboardUser;
  /** The maker's own: a link is as good as an account, and outlives an unlocked screen. */
  password: string;
  write?: WriteLink | undefined;
  /** As for `inviteUser`. */
  operationId?: string | undefined;
}

/**
 * Invites a colleague.
 * @throws AppError those of `confirmPassword` and `inviteUser`
 */
export async function inviteColleague({
  ctx,
  by,
  password,
  write,
  operationId,
  input,
}: Request & { input: NewInvitation }): Promise<MadeInvitation> {
  await confirmPassword({ ctx, by, password });
  const { company_id: companyId } = by.company;
  return inviteUser({ ctx, companyId, caller: by.caller, write, operationId, input });
}

/**
 * Makes the link through which a colleague chooses a new password.
 * @throws AppError those of `confirmPassword` and `issueReset`
 */
export async function resetColleague({
  ctx,
  by,
  password,
  write,
  operationId,
  userId,
}: Request & { userId: string }): Promise<MadeInvitation> {
  await confirmPassword({ ctx, by, password });
  const { company_id: companyId } = by.company;
  return issueReset({ ctx, companyId, caller: by.caller, write, operationId, userId });
}
