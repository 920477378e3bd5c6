import { z } from 'zod';
import { actorName } from '../audit/actor-name';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { MINUTE_MS } from '../../lib/durations';
import { hashSecret } from '../../lib/random-ids';
import { openToken, sealToken } from '../../lib/sealed-token';
import type { User } from '../../store/accounts';
import { tryCode } from '../two-step/try-code';
import { type UsedCode, useCode } from '../two-step/use-code';
import { readDevice } from './known-device';
import { type Arrival, letIn, type SignedIn } from './let-in';
import { tellOfWrongCodes } from './tell-of-wrong-passwords';
import { fromDevice } from './tries';

/** How long a right password waits for its code. */
export const CODE_AWAITED_MS = 10 * MINUTE_MS;
const PURPOSE = 'sign-in that waits for a code';
/** All browsers that are not known: whoever has the password could come from many networks. */
const FROM_ANYWHERE = 'anywhere';

const pendingSchema = z.object({
  company_id: z.string(),
  user_id: z.string(),
  /** Of the stored hash of the password: with another password it waits no longer. */
  password: z.string(),
});

/**
 * Notes, for a cookie, that somebody has given the right password and is to give a code.
 * @returns what only `giveCode` opens
 */
export function awaitCode({ ctx, user }: { ctx: Context; user: User }): string {
  const until = new Date(ctx.now().getTime() + CODE_AWAITED_MS);
  const { company_id, _id: user_id, password_hash } = user;
  const pending = { company_id, user_id, password: hashSecret(password_hash) };
  return sealToken(ctx.config.identifierKeys, PURPOSE, pending, until);
}

/** Whether a sign-in waits for its code. */
export function isAwaited({ ctx, pending }: { ctx: Context; pending: string }): boolean {
  return read(ctx, pending) !== null;
}

/**
 * Ends a sign-in that `signIn` has begun, by a code of the app or a recovery code.
 * @throws AppError code_wrong, code_used, too_many_requests, ip_not_allowed; unauthenticated when
 *   it has to begin anew
 */
export async function giveCode({
  ctx,
  pending,
  code,
  ...from
}: Arrival & { ctx: Context; pending: string; code: string }): Promise<SignedIn> {
  const user = await whoseTurn(ctx, pending);
  const { _id: account, company_id: companyId } = user;
  const known = readDevice({ ctx, mark: from.device });
  const isKnown = known?.user_id === account;
  try {
    return await tryCode({
      ctx,
      account,
      from: isKnown ? fromDevice(known.device_id) : FROM_ANYWHERE,
      attempt: () =>
        letIn({
          ctx,
          user,
          from,
          prove: async (session) => saidOf(await useCode({ ctx, account, code, session })),
        }),
      onManyWrong: (count) => tellOfWrongCodes({ ctx, user, ip: from.ip, count }),
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Turned off meanwhile: the password alone is to open it again, by itself.
    if (error.code === 'two_step_off') throw new AppError('unauthenticated');
    if (error.code === 'ip_not_allowed') throw error;
    const credential = actorName({ type: 'user', id: account });
    ctx.access.count({ companyId, event: 'sign_in_failed', credential, ip: from.ip });
    throw error;
  }
}

async function whoseTurn(ctx: Context, pending: string): Promise<User> {
  const begun = read(ctx, pending);
  const user = begun && (await ctx.store.accounts.findUser(begun.company_id, begun.user_id));
  if (!user || hashSecret(user.password_hash) !== begun.password) {
    throw new AppError('unauthenticated');
  }
  return user;
}

function read(ctx: Context, pending: string): z.output<typeof pendingSchema> | null {
  const { identifierKeys } = ctx.config;
  const opened = pendingSchema.safeParse(openToken(identifierKeys, PURPOSE, pending, ctx.now()));
  return opened.success ? opened.data : null;
}

function saidOf(used: UsedCode): string {
  return used.kind === 'app' ? 'with a code' : `with a recovery code, ${String(used.left)} left`;
}
