import type { Context } from '../../context';

/** Two-step sign-in of an account that has it on. */
export interface TwoStepView {
  /** ISO 8601. */
  on_since: string;
  recovery_codes_left: number;
}

/** What there is to know of an account's two-step sign-in; null: it is off. */
export async function getTwoStep({
  ctx,
  account,
}: {
  ctx: Context;
  account: string;
}): Promise<TwoStepView | null> {
  const found = await ctx.store.twoSteps.find(account);
  if (!found) return null;
  const { on_since, recovery_codes } = found;
  return { on_since: on_since.toISOString(), recovery_codes_left: recovery_codes.length };
}

/** Which of these accounts, at most 1,000, have it on. */
export async function whoHasTwoStep({
  ctx,
  accounts,
}: {
  ctx: Context;
  accounts: string[];
}): Promise<Set<string>> {
  return new Set(await ctx.store.twoSteps.findOn(accounts));
}
