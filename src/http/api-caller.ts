import type { Request, RequestHandler } from 'express';
import type { CompanyPrincipal } from '../companies/authenticate';
import { AppError } from '../errors';

const LOCAL = 'apiPrincipal';

/**
 * Identifies the caller before the body is read, for dialects that refuse credentials first.
 * @param identify throws AppError for wrong credentials
 */
export function identifyFirst(
  identify: (request: Request) => Promise<CompanyPrincipal>,
): RequestHandler {
  return async (request, response, next) => {
    response.locals[LOCAL] = await identify(request);
    next();
  };
}

/** The caller that `identifyFirst` has found. */
export function identified(request: Request): CompanyPrincipal {
  const principal = request.res?.locals[LOCAL] as CompanyPrincipal | undefined;
  if (!principal) throw new AppError('unauthenticated');
  return principal;
}
