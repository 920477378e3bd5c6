import type { Request, RequestHandler } from 'express';
import type { Config } from '../../config';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { sameSecret } from '../../lib/random-ids';
import { basicPair, bearerToken } from '../authenticate-request';
import { clientIp } from '../client-ip';
import type { FailedCredentials } from '../failed-credentials';

/** Whether a request's credentials are right; null when it has none of this kind. */
type ReadCredentials = (request: Request, config: Config) => boolean | null;

/** `Authorization: Bearer $OPERATOR_TOKEN`. */
export const operatorBearer: ReadCredentials = (request, config) => {
  const token = bearerToken(request);
  return token === undefined ? null : sameSecret(token, config.operatorToken);
};

/** HTTP Basic `operator:$OPERATOR_TOKEN`, for which browsers prompt, or the Bearer token. */
export const operatorBasicOrBearer: ReadCredentials = (request, config) => {
  const pair = basicPair(request);
  if (pair === undefined) return operatorBearer(request, config);
  return sameSecret(pair, `operator:${config.operatorToken}`);
};

/** The operator, as the audit log names them. */
export function operatorCaller(request: Request): Caller {
  return { actor: { type: 'operator', id: null }, ip: clientIp(request) };
}

/**
 * Lets nobody but the operator through. Wrong credentials count against the IP; a request without
 * any, which is what every browser sends first, does not.
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
    next();
  };
}
