import type { Request, RequestHandler } from 'express';
import type { Config } from '../../config';
import type { Caller, Context } from '../../context';
import { byToken, type OperatorPrincipal, resumeSession } from '../../core/operators/session';
import { AppError } from '../../errors';
import { sameSecret } from '../../lib/random-ids';
import { basicPair, bearerToken } from '../authenticate-request';
import { clientIp } from '../client-ip';
import type { FailedCredentials } from '../failed-credentials';
import { sessionSecret } from './cookie';

/** Whether a request's credentials are right; null when it has none of this kind. */
type ReadCredentials = (request: Request, config: Config) => boolean | null;

/** `Authorization: Bearer $OPERATOR_TOKEN`. */
export const operatorBearer: ReadCredentials = (request, config) => {
  const token = bearerToken(request);
  return token === undefined ? null : sameSecret(token, config.operatorToken);
};

/** HTTP Basic `operator:$OPERATOR_TOKEN`, or the Bearer token. */
export const operatorBasicOrBearer: ReadCredentials = (request, config) => {
  const pair = basicPair(request);
  if (pair === undefined) return operatorBearer(request, config);
  return sameSecret(pair, `operator:${config.operatorToken}`);
};

/** Who was let through with each request. */
const principals = new WeakMap<Request, OperatorPrincipal>();

/** The operator that a request was let through for. */
export function operatorOf(request: Request): OperatorPrincipal {
  const principal = principals.get(request);
  // A route that nobody guards serves nobody, so that every test of it fails.
  if (!principal) throw new Error('no operator was asked for');
  return principal;
}

/** The operator, as the audit names them. */
export function operatorCaller(request: Request): Caller {
  return operatorOf(request).caller;
}

/**
 * Refuses those who may only look.
 * @throws AppError operator_admin_only
 */
export function requireAdmin({ role }: OperatorPrincipal): void {
  if (role !== 'admin') throw new AppError('operator_admin_only');
}

/**
 * Lets nobody through but who has the operator token. Wrong credentials count against the IP; a
 * request without any, which is what every browser sends first, does not.
 * @throws AppError unauthenticated, too_many_requests
 */
export function requireOperator(
  ctx: Context,
  failures: FailedCredentials,
  read: ReadCredentials,
): RequestHandler {
  return async (request, _response, next) => {
    const right = read(request, ctx.config);
    if (right === null) throw new AppError('unauthenticated');
    await failures.guard(request, false, () =>
      right ? Promise.resolve() : Promise.reject(new AppError('unauthenticated')),
    );
    principals.set(request, byToken(clientIp(request)));
    next();
  };
}

/**
 * Lets operators through who are signed in, and who has the operator token.
 * @throws AppError unauthenticated, too_many_requests
 */
export function requireSignedIn(ctx: Context, failures: FailedCredentials): RequestHandler {
  const byHeader = requireOperator(ctx, failures, operatorBasicOrBearer);
  return async (request, response, next) => {
    if (request.headers.authorization !== undefined) {
      await byHeader(request, response, next);
      return;
    }
    const secret = sessionSecret(request, ctx.config);
    const principal =
      secret === undefined ? null : await resumeSession({ ctx, secret, ip: clientIp(request) });
    if (!principal) throw new AppError('unauthenticated');
    principals.set(request, principal);
    next();
  };
}
