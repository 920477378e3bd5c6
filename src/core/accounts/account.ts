import type { Context } from '../../context';
import type { Session } from '../../store';
import { OPERATOR_LOG } from '../audit/operator-log';
import { requireCompany } from '../companies/require-company';
import { dashboardOf, OPERATORS_PAGES, type Opened } from '../messages/letters';

/** Somebody's account to sign in to: what users of companies and operators have in common. */
export interface Account {
  /** Actions in its log begin with it: `user.signed_out_everywhere`. */
  kind: 'user' | 'operator';
  id: string;
  email: string;
  /** Null: an operator's. */
  companyId: string | null;
  /** In which its person sees times; null: not known. */
  timeZone: string | null;
}

/** The log that has what is done to an account. */
export function logOf({ companyId }: Account): string {
  return companyId ?? OPERATOR_LOG;
}

/** The sessions of such accounts. */
export function sessionsOf({ ctx, account }: { ctx: Context; account: Account }) {
  const { store } = ctx;
  return account.kind === 'user' ? store.sessions : store.operatorSessions;
}

/** The people who have such accounts. */
export function peopleOf({ ctx, account }: { ctx: Context; account: Account }) {
  const { store } = ctx;
  return account.kind === 'user' ? store.accounts : store.operators;
}

/** What an account opens, as mails call it. */
export async function openedBy({
  ctx,
  account: { companyId },
  session,
}: {
  ctx: Context;
  account: Account;
  session: Session;
}): Promise<Opened> {
  if (companyId === null) return OPERATORS_PAGES;
  return dashboardOf((await requireCompany({ ctx, companyId, session })).name);
}
