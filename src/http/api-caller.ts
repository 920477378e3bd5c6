import type { Request, RequestHandler } from 'express';
import type { CompanyPrincipal } from '../core/credentials/authenticate';
import { AppError } from '../errors';
import type { Gate } from './authenticate-request';
import { withinLimits } from './limits';

const LOCAL = 'apiCaller';

interface ApiCaller {
  gate: Gate;
  principal: CompanyPrincipal;
}

/**
 * Identifies the caller before the body is read, for dialects that refuse credentials first.
 * @param identify throws AppError for wrong credentials
 */
export function identifyFirst(
  gate: Gate,
  identify: (request: Request) => Promise<CompanyPrincipal>,
): RequestHandler {
  return async (request, response, next) => {
    const principal = await identify(request);
    response.locals[LOCAL] = { gate, principal } satisfies ApiCaller;
    next();
  };
}

/** The caller that `identifyFirst` has found. */
export function identified(request: Request): CompanyPrincipal {
  return callerOf(request).principal;
}

/**
 * Counts the call of the caller that `identifyFirst` has found, before the body is looked at.
 * @param route the pattern of the route, whole, so that no two dialects share one
 */
export function countIdentified(route: string): RequestHandler {
  return async (request, _response, next) => {
    const { gate, principal } = callerOf(request);
    await withinLimits(gate.countCall, request, principal, route);
    next();
  };
}

function callerOf(request: Request): ApiCaller {
  const caller = request.res?.locals[LOCAL] as ApiCaller | undefined;
  if (!caller) throw new AppError('unauthenticated');
  return caller;
}
