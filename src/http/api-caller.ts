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
 * Identifies the caller before the body is read, for dialects that check credentials first.
 * @param identify throws an AppError for wrong credentials
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

/**
 * The caller that `identifyFirst` found.
 * @throws AppError unauthenticated where `identifyFirst` has not run
 */
export function identified(request: Request): CompanyPrincipal {
  return callerOf(request).principal;
}

/**
 * Counts the call towards the limits of the caller that `identifyFirst` found, before the body is read.
 * @param route the route's pattern with the name of its dialect, so that no two dialects share one
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
