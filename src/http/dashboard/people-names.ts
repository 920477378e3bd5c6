import type { Context } from '../../context';
import { listUsers } from '../../core/users/list-users';

/** Names the actors of the audit log and the ledger: a user by their email, others as they are. */
export async function peopleNames(
  ctx: Context,
  companyId: string,
): Promise<(actor: string) => string> {
  const users = await listUsers({ ctx, companyId });
  const emails = new Map(users.map(({ user_id, email }) => [`user:${user_id}`, email]));
  return (actor) => emails.get(actor) ?? actor;
}
