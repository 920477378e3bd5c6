import type { Request, RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { CompanyPrincipal } from '../../core/credentials/authenticate';
import type { ConsentRequest } from '../../core/consents/register-consent';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { countIdentified, identified, identifyFirst } from '../api-caller';
import { basicPair, byKeyPair, type Gate } from '../authenticate-request';
import { mount, type Route } from '../route';

type Schema = z.ZodType | undefined;

/** Any text: a malformed id is refused like an unknown one. */
export const consentParams = z.object({ _id: z.string() });

/** Reads `Authorization: Basic base64(client_key:secret_key)`, before it looks at anything else. */
export function basicAuthentication(gate: Gate): RequestHandler {
  return identifyFirst(gate, async (request) => {
    const { principal } = await byKeyPair(gate, 'attestr', request, keyPair(request));
    return principal;
  });
}

function keyPair(request: Request): { clientKey: string; secretKey: string } {
  const pair = basicPair(request);
  if (pair === undefined) throw new AppError('credentials_missing');
  const colon = pair.indexOf(':');
  if (colon < 1) throw new AppError('unauthenticated');
  return { clientKey: pair.slice(0, colon), secretKey: pair.slice(colon + 1) };
}

/**
 * Mounts a route on the router whose callers `basicAuthentication` identifies. Limits come next, then
 * the handlers in `before`, then the body.
 */
export function mountAttestr<
  Body extends Schema = undefined,
  Query extends Schema = undefined,
  Params extends Schema = undefined,
>(
  router: Router,
  ctx: Context,
  route: Omit<Route<CompanyPrincipal, Body, Query, Params>, 'authenticate'>,
): void {
  mount<CompanyPrincipal, Body, Query, Params>(router, ctx, [''], {
    ...route,
    before: [countIdentified(`attestr ${route.path}`), ...(route.before ?? [])],
    authenticate: ({ request }) => {
      const principal = identified(request);
      return Promise.resolve({ principal, scope: `attestr ${principal.company._id}` });
    },
  });
}

/** What the verbs need to know about a call; this dialect has one region. */
export function requestOf(ctx: Context, { company, caller }: CompanyPrincipal): ConsentRequest {
  return { ctx, region: 'default', companyId: company._id, caller };
}
