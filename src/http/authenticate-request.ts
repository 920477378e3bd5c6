import type { Request } from 'express';
import type {
  Authenticate,
  CompanyPrincipal,
  Credentials,
  Need,
} from '../core/credentials/authenticate';
import type { Scope } from '../core/credentials/scopes';
import { AppError } from '../errors';
import { clientIp } from './client-ip';
import type { CountCall } from '../core/limits/count-call';
import { noteCaller } from './count-access';
import type { FailedCredentials } from './failed-credentials';
import { withinLimits } from './limits';

/** What the routes of every dialect need to find out who is calling. */
export interface Gate {
  authenticate: Authenticate;
  failures: FailedCredentials;
  countCall: CountCall;
}

interface Identified {
  principal: CompanyPrincipal;
  scope: string;
}

/** The token of `Authorization: Bearer <token>`, or undefined when there is no such header. */
export function bearerToken(request: Request): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '')?.[1];
}

/** The decoded `Authorization: Basic <base64>`, or undefined when there is no such header. */
export function basicPair(request: Request): string | undefined {
  const encoded = /^Basic +(\S+) *$/i.exec(request.get('authorization') ?? '')?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
}

/** A call whose caller is still to be found. */
export interface ArrivedCall {
  request: Request;
  /** Pattern of its route: with the method, an API that has limits of its own. */
  route: string;
  /** The scope that a company's token needs, as the route declares it. */
  scope: Scope | undefined;
}

/** Callers found by a header before the body was read, for the second look once it is. */
const byHeader = new WeakMap<Request, Promise<Identified>>();

/**
 * Identifies a company by its Bearer token and counts the call towards its limits; both once for a
 * request, however often it is asked.
 * @param companyId the company that the token must belong to, where the caller names one
 * @throws AppError unauthenticated, other_company, scope_missing, too_many_requests, those of
 *   `Authenticate`, and those of `withinLimits`
 */
export async function byBearer(
  gate: Gate,
  service: 'econsent',
  call: ArrivedCall,
  companyId?: string,
): Promise<Identified> {
  const { request } = call;
  const token = bearerToken(request);
  if (token === undefined) throw new AppError('unauthenticated');
  const identifying =
    byHeader.get(request) ??
    identifyAndCount(gate, needOf(service, call), call, { kind: 'bearer', token });
  byHeader.set(request, identifying);
  const found = await identifying;
  if (companyId !== undefined && companyId !== found.scope) throw new AppError('other_company');
  return found;
}

/**
 * Looks at a call's Bearer token once more, without counting: for answers that take long.
 * @returns whether it would still be served
 * @throws AppError unavailable
 */
export async function isStillAllowed(
  gate: Gate,
  service: 'econsent',
  call: ArrivedCall,
): Promise<boolean> {
  const token = bearerToken(call.request);
  if (token === undefined) return false;
  try {
    const ip = clientIp(call.request);
    await gate.authenticate({ kind: 'bearer', token }, ip, needOf(service, call));
    return true;
  } catch (error) {
    if (error instanceof AppError && error.status < 500) return false;
    throw error;
  }
}

/**
 * Identifies a company by its Bearer token or, without one, by `company_id` and `property_id`, and
 * counts the call towards its limits.
 * @throws AppError as `byBearer`, and property_not_found
 */
export async function byBearerOrBody(
  gate: Gate,
  service: 'econsent',
  call: ArrivedCall,
  body: { company_id?: string | undefined; property_id?: string | undefined },
): Promise<Identified> {
  const { company_id: companyId, property_id: propertyId } = body;
  if (call.request.get('authorization') !== undefined) {
    return byBearer(gate, service, call, companyId);
  }
  if (companyId === undefined || propertyId === undefined) throw new AppError('unauthenticated');
  const credentials = { kind: 'body', companyId, propertyId } as const;
  return identifyAndCount(gate, needOf(service, call), call, credentials);
}

/**
 * Identifies a company by its key pair. It leaves counting the call to `countIdentified`.
 * @throws AppError as `byBearer`, without other_company and scope_missing
 */
export function byKeyPair(
  gate: Gate,
  service: 'attestr' | 'baanx',
  request: Request,
  pair: { clientKey: string; secretKey: string },
): Promise<Identified> {
  return identify(gate, { service }, request, { kind: 'key_pair', ...pair });
}

/** A route that takes tokens and declares no scope serves nobody, so that every test of it fails. */
function needOf(service: 'econsent', { scope, route }: ArrivedCall): Need {
  if (!scope) throw new Error(`${route} declares no scope`);
  return { service, scope };
}

async function identifyAndCount(
  gate: Gate,
  need: Need,
  { request, route }: ArrivedCall,
  credentials: Credentials,
): Promise<Identified> {
  const found = await identify(gate, need, request, credentials);
  const counting = withinLimits(gate.countCall, request, found.principal, route);
  if (counting) await counting;
  return found;
}

function identify(
  gate: Gate,
  need: Need,
  request: Request,
  credentials: Credentials,
): Promise<Identified> {
  return gate.failures.guard(request, credentials.kind === 'body', async () => {
    const principal = await gate.authenticate(credentials, clientIp(request), need);
    noteCaller(request, principal);
    return { principal, scope: principal.company._id };
  });
}
