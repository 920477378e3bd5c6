import type { Context } from '../../context';
import { invalid } from '../../errors';
import type { Operator } from '../../store/operators';
import { isConfirmed as isConfirmedLately } from '../accounts/is-confirmed';
import { readDevice } from '../accounts/known-device';
import { tellOfWrongPassword } from '../accounts/tell-of-wrong';
import { isPassword, NOBODYS_HASH } from '../users/password-hash';
import {
  countTry,
  forgetTries,
  fromDevice,
  fromNetwork,
  FROM_SESSION,
  haveToWait,
  type Place,
} from '../accounts/tries';
import type { OperatorPrincipal } from './session';
import { operatorAccount } from './operator-account';

/**
 * Tries the password of an email. Neither answer nor time shows whether an operator has it: either
 * way a password is hashed and the try counted, per account and network, and those of a browser that
 * has signed in before by themselves.
 * @param email normalized
 * @param device mark of the browser, see `markDevice`
 * @returns null when it is wrong
 * @throws AppError too_many_requests while nothing may be tried from here
 */
export async function tryPassword({
  ctx,
  email,
  password,
  ip,
  device,
  now = ctx.now(),
}: {
  ctx: Context;
  email: string;
  password: string;
  ip: string;
  device?: string | undefined;
  now?: Date;
}): Promise<Operator | null> {
  const operator = await ctx.store.operators.findByEmail(email);
  const known = readDevice({ ctx, mark: device });
  const isKnown = operator !== null && known?.user_id === operator._id;
  const from = isKnown ? fromDevice(known.device_id) : fromNetwork(ip);
  const place = { account: accountOf(operator?._id ?? email), from };
  return tryAt({ ctx, operator, place, password, ip, now });
}

/**
 * Whether an operator gave their password so lately that they need not before what matters. Who has
 * the operator token has shown more.
 */
export function isConfirmed({
  ctx,
  by: { named },
}: {
  ctx: Context;
  by: OperatorPrincipal;
}): boolean {
  return named === null || isConfirmedLately({ ctx, session: named.session });
}

/**
 * Asks an operator who is signed in for their password once more; nobody from outside can use these
 * tries up. Who has the operator token has shown more.
 * @throws AppError invalid_request naming `current_password`, too_many_requests
 */
export async function confirmPassword({
  ctx,
  by: { named, caller },
  password,
}: {
  ctx: Context;
  by: OperatorPrincipal;
  password: string;
}): Promise<void> {
  if (!named) return;
  const { operator_id: operatorId } = named;
  const operator = await ctx.store.operators.find(operatorId);
  const place = { account: accountOf(operatorId), from: FROM_SESSION };
  const ip = caller.ip ?? '';
  const right = await tryAt({ ctx, operator, place, password, ip, now: ctx.now() });
  if (!right) throw invalid('current_password', 'is not your password');
  await ctx.store.operatorSessions.confirm(named.session.session_id, ctx.now());
}

/** Forgets an operator's tries from a network and a browser. */
export async function forgetTriesOf({
  ctx,
  operatorId,
  ip,
  device,
}: {
  ctx: Context;
  operatorId: string;
  ip: string;
  device?: string | undefined;
}): Promise<void> {
  const account = accountOf(operatorId);
  const known = readDevice({ ctx, mark: device });
  const places = [fromNetwork(ip), ...(known ? [fromDevice(known.device_id)] : [])];
  await Promise.all(places.map((from) => forgetTries({ ctx, place: { account, from } })));
}

async function tryAt({
  ctx,
  operator,
  place,
  password,
  ip,
  now,
}: {
  ctx: Context;
  operator: Operator | null;
  place: Place;
  password: string;
  ip: string;
  now: Date;
}): Promise<Operator | null> {
  const waitMs = await countTry({ ctx, place, now });
  if (waitMs > 0) throw haveToWait(waitMs);
  const right = await isPassword(password, operator?.password_hash ?? NOBODYS_HASH);
  if (operator && right) {
    await forgetTries({ ctx, place });
    return operator;
  }
  if (operator) {
    await tellOfWrongPassword({ ctx, account: operatorAccount(operator), ip, now });
  }
  return null;
}

/** The same email may have users at companies, whose tries are others. */
function accountOf(idOrEmail: string): string {
  return `operator ${idOrEmail}`;
}
