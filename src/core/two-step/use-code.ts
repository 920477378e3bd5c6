import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';
import type { TwoStep } from '../../store/two-steps';
import { hashesOfRecoveryCode, readRecoveryCode } from './recovery-codes';
import { openSecret } from './secret-at-rest';
import { readTotpCode, stepOfCode } from './totp';

/** What was used: a code of the app, or one of the recovery codes. */
export type UsedCode = { kind: 'app' } | { kind: 'recovery'; left: number };

/**
 * Uses a code of an account up, in the transaction of what it lets its person do: without that it
 * stays good. A code counts one step of 30 s before and after its own, by MongoDB's clock.
 * @throws AppError code_wrong; code_used; two_step_off when the account has it off
 */
export async function useCode({
  ctx,
  account,
  code,
  session,
}: {
  ctx: Context;
  account: string;
  code: string;
  session: Session;
}): Promise<UsedCode> {
  const twoStep = await ctx.store.twoSteps.find(account, session);
  if (!twoStep) throw new AppError('two_step_off');
  const digits = readTotpCode(code);
  if (/^\d{6}$/.test(digits)) return useTotp(ctx, twoStep, digits, session);
  const recoveryCode = readRecoveryCode(code);
  if (recoveryCode === null) throw new AppError('code_wrong');
  const hashes = hashesOfRecoveryCode({ ctx, account, code: recoveryCode });
  const left = await ctx.store.twoSteps.useRecoveryCode(account, hashes, session);
  if (left === null) throw new AppError('code_wrong');
  return { kind: 'recovery', left };
}

async function useTotp(
  ctx: Context,
  { _id: account, secret }: TwoStep,
  digits: string,
  session: Session,
): Promise<UsedCode> {
  const key = openSecret({ ctx, account, sealed: secret });
  const step = stepOfCode(key, digits, ctx.now());
  if (step === null) throw new AppError('code_wrong');
  const isFirst = await ctx.store.twoSteps.useStep(account, step, session);
  if (!isFirst) throw new AppError('code_used');
  return { kind: 'app' };
}
