import type { Request, RequestHandler, Router } from 'express';
import type { z } from 'zod';
import type { CompanyPrincipal } from '../../core/credentials/authenticate';
import type { ConsentRequest } from '../../core/consents/register-consent';
import type { Context } from '../../context';
import { countIdentified, identified, identifyFirst } from '../api-caller';
import { byKeyPair, type Gate } from '../authenticate-request';
import { regionOf } from '../region';
import { type Answer, type Call, mount, replayed, type Route } from '../route';
import { BaanxRefusal } from './errors';

/** Where the dialect is served. */
export const BAANX_PREFIX = '/v2/consent';

type Schema = z.ZodType | undefined;
type Output<S extends Schema> = S extends z.ZodType ? z.output<S> : undefined;

/** Who is calling, and about which region. */
interface BaanxPrincipal extends CompanyPrincipal {
  region: ConsentRequest['region'];
}

/** What a handler gets: the call, parsed, and the part of it that every verb takes. */
export interface BaanxCall<Body, Query, Params> {
  body: Body;
  query: Query;
  params: Params;
  consents: ConsentRequest;
  /** Set when the call came with an Idempotency-Key. */
  operationId: string | undefined;
  request: Request;
}

/** Reads `x-client-key` and `x-secret-key`, before it looks at anything else. */
export function keyAuthentication(gate: Gate): RequestHandler {
  return identifyFirst(gate, async (request) => {
    const pair = {
      clientKey: required(request, 'x-client-key'),
      secretKey: required(request, 'x-secret-key'),
    };
    const { principal } = await byKeyPair(gate, 'baanx', request, pair).catch(reworded);
    return principal;
  });
}

function required(request: Request, header: string): string {
  const value = request.get(header)?.trim();
  if (value) return value;
  throw new BaanxRefusal('credentials_missing', `${header} header is required for all requests`);
}

function reworded(error: unknown): never {
  if ((error as { code?: unknown }).code !== 'unauthenticated') throw error;
  throw new BaanxRefusal('unauthenticated', 'The provided x-client-key is invalid or expired');
}

/**
 * Mounts a route on the router whose callers `keyAuthentication` identifies. Limits come next, then
 * the handlers in `before`, then the body. An Idempotency-Key keeps the operation's id only; for a
 * repeat the handler rebuilds the answer from what is recorded under that id, so that data of a
 * region stays there.
 */
export function mountBaanx<
  Body extends Schema = undefined,
  Query extends Schema = undefined,
  Params extends Schema = undefined,
>(
  router: Router,
  ctx: Context,
  route: Omit<Route<BaanxPrincipal, Body, Query, Params>, 'authenticate' | 'handle' | 'replay'> & {
    handle: (call: BaanxCall<Output<Body>, Output<Query>, Output<Params>>) => Promise<Answer>;
  },
): void {
  type HttpCall = Call<Output<Body>, Output<Query>, Output<Params>, BaanxPrincipal>;
  const carryOut = (call: HttpCall, operationId: string | undefined): Promise<Answer> => {
    const { body, query, params, request, principal } = call;
    const { company, caller, region } = principal;
    const consents = { ctx, region, companyId: company._id, caller };
    return route.handle({ body, query, params, request, consents, operationId });
  };
  mount<BaanxPrincipal, Body, Query, Params>(router, ctx, [''], {
    ...route,
    before: [countIdentified(`baanx ${route.path}`), ...(route.before ?? [])],
    authenticate: ({ request }) => {
      const principal = { ...identified(request), region: regionOf(request) };
      const scope = `baanx ${principal.region} ${principal.company._id}`;
      return Promise.resolve({ principal, scope });
    },
    handle: async (call) => {
      const operationId = call.heldKey?.operationId;
      return { ...(await carryOut(call, operationId)), replayBody: { operationId } };
    },
    replay: async (call, stored) => {
      const { operationId } = JSON.parse(stored.body) as { operationId: string };
      return replayed(await carryOut(call, operationId));
    },
  });
}
