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
  input,
}: Request & { input: NewInvitation }): Promise<MadeInvitation> {
  await confirmPassword({ ctx, by, password });
  const { company, caller } = by;
  return inviteUser({ ctx, companyId: company.company_id, caller, write, input });
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
  userId,
}: Request & { userId: string }): Promise<MadeInvitation> {
  await confirmPassword({ ctx, by, password });
  const { company, caller } = by;
  return issueReset({ ctx, companyId: company.company_id, caller, write, userId });
}
