import type { Context } from '../../context';

/** What to show for an actor of the audit log or the ledger: a user's email, else the actor. */
export async function peopleNames(
  ctx: Context,
  companyId: string,
): Promise<(actor: string) => string> {
  const users = await ctx.store.accounts.listUsers(companyId);
  const emails = new Map(users.map((user) => [`user:${user._id}`, user.email]));
  return (actor) => emails.get(actor) ?? actor;
}
