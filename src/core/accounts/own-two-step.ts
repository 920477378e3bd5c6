import type { Caller, Context } from '../../context';
import type { Session } from '../../store';
import { recordChange } from '../audit/record-change';
import { commitChange } from '../idempotency/commit-change';
import { twoStepOff } from '../messages/letters';
import { renewRecoveryCodes } from '../two-step/renew-recovery-codes';
import { tryCode } from '../two-step/try-code';
import { turnOff } from '../two-step/turn-off';
import { turnOn } from '../two-step/turn-on';
import { useCode } from '../two-step/use-code';
import { type Account, logOf, sessionsOf } from './account';
import { tellByMail } from './tell-by-mail';
import { FROM_SESSION } from './tries';

/** What happened, as the second part of an action. */
type Change = 'two_step_on' | 'two_step_off' | 'recovery_codes_made';

/** Somebody who is signed in, and has just given their password. */
interface Request {
  ctx: Context;
  account: Account;
  caller: Caller;
  /** Of the app; where it is on, a recovery code too. */
  code: string;
}

/**
 * Turns two-step sign-in of one's own account on, and ends one's other sessions, which did without.
 * @param sealed of `setUp`
 * @param sessionId the one that goes on
 * @returns the recovery codes, to be shown once
 * @throws AppError invalid_request naming `setup`, code_wrong, too_many_requests, already_exists
 */
export function turnOnOwn({
  sealed,
  sessionId,
  ...request
}: Request & { sealed: string; sessionId: string }): Promise<string[]> {
  const { ctx, account, code } = request;
  const change = async (session: Session) => {
    const { codes, isNew } = await turnOn({ ctx, account: account.id, sealed, code, session });
    if (!isNew) return codes;
    await sessionsOf({ ctx, account }).deleteOf(account.id, session, sessionId);
    await record(request, session, 'two_step_on');
    return codes;
  };
  return tried(request, () => commitChange({ ctx, change }));
}

/**
 * Turns it off.
 * @throws AppError code_wrong, code_used, too_many_requests, two_step_off
 */
export function turnOffOwn(request: Request): Promise<void> {
  const { ctx, account, caller } = request;
  return withCode(request, 'two_step_off', async (session) => {
    await turnOff({ ctx, account: account.id, session });
    await tellByMail({ ctx, session, account, ip: caller.ip, write: twoStepOff });
  });
}

/**
 * Makes one's recovery codes anew.
 * @returns to be shown once
 * @throws AppError as `turnOffOwn`
 */
export function renewOwnCodes(request: Request): Promise<string[]> {
  const { ctx, account } = request;
  return withCode(request, 'recovery_codes_made', (session) =>
    renewRecoveryCodes({ ctx, account: account.id, session }),
  );
}

function withCode<T>(
  request: Request,
  what: Change,
  change: (session: Session) => Promise<T>,
): Promise<T> {
  const { ctx, account, code } = request;
  return tried(request, () =>
    ctx.store.transaction(async (session) => {
      await useCode({ ctx, account: account.id, code, session });
      const result = await change(session);
      await record(request, session, what);
      return result;
    }),
  );
}

function tried<T>({ ctx, account }: Request, attempt: () => Promise<T>): Promise<T> {
  return tryCode({ ctx, account: account.id, from: FROM_SESSION, attempt });
}

function record({ ctx, account, caller }: Request, session: Session, what: Change): Promise<void> {
  const action = `${account.kind}.${what}` as const;
  return recordChange({ ctx, session, companyId: logOf(account), action, caller });
}
