import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';
import { tryCode } from '../two-step/try-code';
import { useCode } from '../two-step/use-code';
import type { Account } from './account';
import { readDevice } from './known-device';
import { tellOfWrongCodes } from './tell-of-wrong';
import { fromDevice } from './tries';

/** All browsers that are not known: whoever has the password could come from many networks. */
const FROM_ANYWHERE = 'anywhere';

/**
 * Ends a sign-in whose password was right, by a code of the app or a recovery code.
 * @param device mark of the browser, see `markDevice`
 * @param letIn opens the session; it is given what uses the code up in its transaction, and returns
 *   what the audit log says of it
 * @throws AppError code_wrong, code_used, too_many_requests; unauthenticated when two-step sign-in
 *   was turned off meanwhile: the password alone is to open it again, by itself
 */
export async function trySignInCode<T>({
  ctx,
  account,
  code,
  ip,
  device,
  letIn,
}: {
  ctx: Context;
  account: Account;
  code: string;
  ip: string;
  device: string | undefined;
  letIn: (prove: (session: Session) => Promise<string>) => Promise<T>;
}): Promise<T> {
  const known = readDevice({ ctx, mark: device });
  const prove = (session: Session) => used({ ctx, account: account.id, code, session });
  try {
    return await tryCode({
      ctx,
      account: account.id,
      from: known?.user_id === account.id ? fromDevice(known.device_id) : FROM_ANYWHERE,
      attempt: () => letIn(prove),
      onManyWrong: (count) => tellOfWrongCodes({ ctx, account, ip, count }),
    });
  } catch (error) {
    const isOff = error instanceof AppError && error.code === 'two_step_off';
    throw isOff ? new AppError('unauthenticated') : error;
  }
}

async function used(request: Parameters<typeof useCode>[0]): Promise<string> {
  const code = await useCode(request);
  return code.kind === 'app' ? 'with a code' : `with a recovery code, ${String(code.left)} left`;
}
