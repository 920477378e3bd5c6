import ipaddr from 'ipaddr.js';
import { actorName } from '../audit/actor-name';
import { createGroupCommit } from '../../lib/group-commit';
import type { Caller, Context } from '../../context';
import { AppError, unavailable } from '../../errors';
import { distinct } from '../../lib/distinct';
import { hashSecret, sameSecret } from '../../lib/random-ids';
import { isUnavailable } from '../../store';
import type { Company } from '../../store/companies';
import type { ApiKey, Property, Token } from '../../store/credentials';
import { type Scope, scopesOf } from './scopes';
import { createTokenUse } from './token-use';

/** What a caller authenticates with. */
export type Credentials =
  | { kind: 'bearer'; token: string }
  | { kind: 'body'; companyId: string; propertyId: string }
  | { kind: 'key_pair'; clientKey: string; secretKey: string };

/** An authenticated company. */
export interface CompanyPrincipal {
  company: Company;
  caller: Caller;
  via: 'token' | 'property' | 'key_pair';
  /** The Bearer token, if it came with one. */
  token?: Pick<Token, '_id' | 'limits'>;
  /** The election of the primary that said so, see `Store.election`. */
  election: number;
}

/** What credentials prove. */
type Proved = Omit<CompanyPrincipal, 'election'>;

/** What the database holds for a call's credentials, read after the call arrived. */
interface Found {
  company: Company | undefined;
  token: Token | undefined;
  property: Property | undefined;
  apiKey: ApiKey | undefined;
  election: number;
}

const NOTHING = { company: undefined, token: undefined, property: undefined, apiKey: undefined };

const MAX_GROUP = 500;
const MAX_WAITING = 10_000;
const DEADLINE_MS = 5_000;

/** What a caller must be allowed: the dialect and, where tokens are taken, the scope of the call. */
export type Need = { service: 'econsent'; scope: Scope } | { service: 'attestr' | 'baanx' };

export type Authenticate = (
  credentials: Credentials,
  ip: string,
  need: Need,
) => Promise<CompanyPrincipal>;

/**
 * Makes the verb that turns credentials into a company. Calls in flight together share their reads;
 * nothing is cached, so that a revoked token fails on the next call.
 *
 * Refuses with `unauthenticated` (unknown company, bad, expired or revoked token),
 * `property_not_found`, `ip_not_allowed`, `service_not_provisioned` or `scope_missing`; in this order.
 */
export function createAuthenticate({ ctx }: { ctx: Context }): Authenticate {
  const find = createGroupCommit<Credentials, Found>({
    run: (group) => findAll(ctx, group),
    maxSize: MAX_GROUP,
    maxWaiting: MAX_WAITING,
    deadlineMs: DEADLINE_MS,
    refusal: unavailable,
    isOneRequestsFault: (error) => !isUnavailable(error),
    onGroup: (size) => {
      ctx.metrics.groupCommitSize.observe({ batch: 'credentials' }, size);
    },
  });
  const noteUse = createTokenUse({ ctx });
  return async (credentials, ip, need) => {
    const found = await find(credentials);
    try {
      const principal = admit(credentials, found, { ip, need, now: ctx.now() });
      if (found.token) noteUse(found.token._id);
      return principal;
    } catch (error) {
      countRefusal(ctx, found, ip, error);
      throw error;
    }
  };
}

/** A call as it is judged. */
interface Arrival {
  ip: string;
  need: Need;
  now: Date;
}

function admit(credentials: Credentials, found: Found, arrival: Arrival): CompanyPrincipal {
  const { ip, need } = arrival;
  const principal = prove(credentials, found, arrival);
  if (!isAllowed(principal.company.ip_allowlist, ip)) throw new AppError('ip_not_allowed');
  if (!principal.company.services.includes(need.service))
    throw new AppError('service_not_provisioned');
  if (found.token && 'scope' in need) requireScope(found.token, need.scope);
  return { ...principal, election: found.election };
}

/** Counts the refusal of a known company's caller for its security log. */
function countRefusal(ctx: Context, found: Found, ip: string, error: unknown): void {
  const { company, token, property, apiKey } = found;
  if (!company || !(error instanceof AppError)) return;
  const actor =
    (token && ({ type: 'token', id: token._id } as const)) ??
    (property && ({ type: 'property', id: property._id } as const)) ??
    (apiKey && ({ type: 'api_key', id: apiKey._id } as const));
  const event = error.status === 403 ? 'forbidden' : 'unauthenticated';
  const credential = actor ? actorName(actor) : null;
  ctx.access.count({ companyId: company._id, event, credential, ip });
}

/**
 * Holds a token to its scopes.
 * @throws AppError scope_missing
 */
function requireScope(token: Token, scope: Scope): void {
  if (scopesOf(token).includes(scope)) return;
  const message = `needs a token with the scope ${scope}`;
  throw new AppError('scope_missing', { details: [{ path: 'Authorization', message }] });
}

async function findAll(ctx: Context, group: Credentials[]): Promise<Found[]> {
  const none = { ...NOTHING, election: ctx.store.election() };
  const { credentials, companies } = ctx.store;
  const pairs = group.filter((c) => c.kind === 'body');
  const secrets = distinct(group.flatMap((c) => (c.kind === 'bearer' ? c.token : [])));
  const hashOf = new Map(secrets.map((secret) => [secret, hashSecret(secret)]));
  const clientKeys = group.flatMap((c) => (c.kind === 'key_pair' ? c.clientKey : []));
  const companyIds = distinct(pairs.map((c) => c.companyId));
  const propertyIds = distinct(pairs.map((c) => c.propertyId));
  const [tokens, apiKeys, properties, named] = await Promise.all([
    hashOf.size > 0 ? credentials.tokensByHash([...hashOf.values()]) : [],
    clientKeys.length > 0 ? credentials.apiKeysByClientKey(distinct(clientKeys)) : [],
    pairs.length > 0 ? credentials.propertiesById(propertyIds, companyIds) : [],
    pairs.length > 0 ? companies.findMany(companyIds) : [],
  ]);
  const companyOf = new Map(named.map((company) => [company._id, company]));
  const tokenOf = new Map(tokens.map((token) => [token.secret_hash, token]));
  const apiKeyOf = new Map(apiKeys.map((apiKey) => [apiKey.client_key, apiKey]));
  const propertyOf = new Map(properties.map((p) => [`${p.company_id}\0${p.property_id}`, p]));
  return group.map((c) => {
    if (c.kind === 'body') {
      const property = propertyOf.get(`${c.companyId}\0${c.propertyId}`);
      return { ...none, company: companyOf.get(c.companyId), property };
    }
    if (c.kind === 'key_pair') {
      const apiKey = apiKeyOf.get(c.clientKey);
      return { ...none, company: apiKey?.owner[0], apiKey };
    }
    const token = tokenOf.get(hashOf.get(c.token) ?? '');
    return { ...none, company: token?.owner[0], token };
  });
}

function prove(credentials: Credentials, found: Found, arrival: Arrival): Proved {
  switch (credentials.kind) {
    case 'bearer':
      return byToken(found, arrival);
    case 'body':
      return byProperty(found, arrival.ip);
    case 'key_pair':
      return byKeyPair(found, credentials.secretKey, arrival);
  }
}

function byToken(found: Found, { ip, now }: Arrival): Proved {
  const { company, token } = found;
  if (!company || !token || isOver(token, now)) throw new AppError('unauthenticated');
  return { company, token, via: 'token', caller: { actor: { type: 'token', id: token._id }, ip } };
}

function byProperty({ company, property }: Found, ip: string): Proved {
  if (!company?.body_credentials_enabled) throw new AppError('unauthenticated');
  if (!property) throw new AppError('property_not_found');
  return {
    company,
    via: 'property',
    caller: { actor: { type: 'property', id: property._id }, ip },
  };
}

function byKeyPair({ company, apiKey }: Found, secretKey: string, { ip, now }: Arrival): Proved {
  // Compared even when there is no such key, so that timing reveals nothing.
  const proved = sameSecret(hashSecret(secretKey), apiKey?.secret_hash ?? '');
  if (!company || !apiKey || !proved || isOver(apiKey, now)) throw new AppError('unauthenticated');
  return {
    company,
    via: 'key_pair',
    caller: { actor: { type: 'api_key', id: apiKey._id }, ip },
  };
}

/** Whether a credential has been revoked or has expired. */
function isOver(
  {
    revoked_at,
    expires_at,
  }: { revoked_at?: Date | null | undefined; expires_at?: Date | null | undefined },
  now: Date,
): boolean {
  return Boolean(revoked_at) || (expires_at != null && expires_at <= now);
}

/** Whether an IP is within one of the IPs and CIDRs; an empty list allows every IP. */
export function isAllowed(allowlist: string[], ip: string): boolean {
  if (allowlist.length === 0) return true;
  if (!ipaddr.isValid(ip)) return false;
  const address = ipaddr.process(ip);
  return allowlist.some((entry) => {
    const [range, bits] = ipaddr.isValidCIDR(entry)
      ? ipaddr.parseCIDR(entry)
      : ([ipaddr.process(entry), ipaddr.process(entry).kind() === 'ipv4' ? 32 : 128] as const);
    return range.kind() === address.kind() && address.match(range, bits);
  });
}
