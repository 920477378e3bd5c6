import ipaddr from 'ipaddr.js';
import { createBatcher } from '../batching';
import type { Caller, Context } from '../context';
import { AppError } from '../errors';
import { hashSecret } from '../random-ids';
import { isUnavailable } from '../store';
import type { Company, Service } from '../store/companies';
import type { Property, Token } from '../store/credentials';

/** What a call identifies itself with. */
export type Credentials =
  | { kind: 'bearer'; token: string; companyId?: string | undefined }
  | { kind: 'body'; companyId: string; propertyId: string };

/** A company that proved who it is. */
export interface CompanyPrincipal {
  company: Company;
  caller: Caller;
  via: 'token' | 'property';
}

/** What the database says about credentials, all as of after the call arrived. */
interface Found {
  company: Company | undefined;
  token: Token | undefined;
  property: Property | undefined;
}

const MAX_BATCH = 500;
const MAX_WAITING = 10_000;

export type Authenticate = (
  credentials: Credentials,
  ip: string,
  service: Service,
) => Promise<CompanyPrincipal>;

/**
 * Makes the verb that turns credentials into a company. Calls in flight together share their reads;
 * nothing is cached, so that a revoked token fails on the next call.
 *
 * Refuses with `unauthenticated` (unknown company, bad, expired or revoked token), `other_company`,
 * `property_not_found`, `service_not_provisioned` or `ip_not_allowed`.
 */
export function createAuthenticate(ctx: Context): Authenticate {
  const find = createBatcher<Credentials, Found>({
    run: (batch) => findAll(ctx, batch),
    maxBatchSize: MAX_BATCH,
    maxWaiting: MAX_WAITING,
    isMembersFault: (error) => !isUnavailable(error),
    onBatch: (size) => {
      ctx.metrics.batchSize.observe({ batch: 'credentials' }, size);
    },
  });
  return async (credentials, ip, service) => {
    const found = await find(credentials);
    const principal =
      credentials.kind === 'bearer'
        ? byToken(found, credentials.companyId, ip)
        : byProperty(found, ip);
    if (!principal.company.services.includes(service))
      throw new AppError('service_not_provisioned');
    if (!isAllowed(principal.company.ip_allowlist, ip)) throw new AppError('ip_not_allowed');
    return principal;
  };
}

async function findAll(ctx: Context, batch: Credentials[]): Promise<Found[]> {
  const hashes = batch.map((c) => (c.kind === 'bearer' ? hashSecret(c.token) : ''));
  const pairs = batch.filter((c) => c.kind === 'body');
  const { credentials, companies } = ctx.store;
  const companyIds = distinct(pairs.map((c) => c.companyId));
  const [tokens, properties, named] = await Promise.all([
    pairs.length < batch.length ? credentials.tokensByHash(distinct(hashes)) : [],
    pairs.length > 0
      ? credentials.propertiesById(distinct(pairs.map((c) => c.propertyId)), companyIds)
      : [],
    pairs.length > 0 ? companies.findMany(companyIds) : [],
  ]);
  // Only the companies of tokens are not known before their tokens are read.
  const owners = distinct(tokens.map((t) => t.company_id));
  const owning = owners.length > 0 ? await companies.findMany(owners) : [];
  const companyOf = new Map([...named, ...owning].map((c) => [c._id, c]));
  const tokenOf = new Map(tokens.map((t) => [t.secret_hash, t]));
  const propertyOf = new Map(properties.map((p) => [`${p.company_id}\0${p.property_id}`, p]));
  return batch.map((c, i) => {
    if (c.kind === 'body') {
      return {
        company: companyOf.get(c.companyId),
        token: undefined,
        property: propertyOf.get(`${c.companyId}\0${c.propertyId}`),
      };
    }
    const token = tokenOf.get(hashes[i] ?? '');
    return { company: companyOf.get(token?.company_id ?? ''), token, property: undefined };
  });
}

function distinct(values: string[]): string[] {
  return [...new Set(values)];
}

function byToken(found: Found, companyId: string | undefined, ip: string): CompanyPrincipal {
  const { company, token } = found;
  const expired = token?.expires_at && token.expires_at.getTime() <= Date.now();
  if (!company || !token || token.revoked_at || expired) throw new AppError('unauthenticated');
  if (companyId !== undefined && companyId !== company._id) throw new AppError('other_company');
  return { company, via: 'token', caller: { actor: { type: 'token', id: token._id }, ip } };
}

function byProperty({ company, property }: Found, ip: string): CompanyPrincipal {
  if (!company?.body_credentials_enabled) throw new AppError('unauthenticated');
  if (!property) throw new AppError('property_not_found');
  return {
    company,
    via: 'property',
    caller: { actor: { type: 'property', id: property._id }, ip },
  };
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
