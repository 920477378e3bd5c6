import type { Context } from '../../context';
import type { NewInvitation } from './add-user';
import { confirmPassword } from './confirm-password';
import { inviteUser, issueReset, type MadeInvitation } from './invite-user';
import type { DashboardUser } from './session';

interface Request {
  ctx: Context;
  by: DashboardUser;
  /** The maker's own: a link is as good as an account, and outlives an unlocked screen. */
  password: string;
}

/**
 * Invites a colleague.
 * @throws AppError those of `confirmPassword` and `inviteUser`
 */
export async function inviteColleague({
  ctx,
  by,
  password,
  input,
}: Request & { input: NewInvitation }): Promise<MadeInvitation> {
  await confirmPassword({ ctx, by, password });
  return inviteUser({ ctx, companyId: by.company.company_id, caller: by.caller, input });
}

/**
 * Makes the link through which a colleague chooses a new password.
 * @throws AppError those of `confirmPassword` and `issueReset`
 */
export async function resetColleague({
  ctx,
  by,
  password,
  userId,
}: Request & { userId: string }): Promise<MadeInvitation> {
  await confirmPassword({ ctx, by, password });
  return issueReset({ ctx, companyId: by.company.company_id, caller: by.caller, userId });
}
