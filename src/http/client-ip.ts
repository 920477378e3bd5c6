import type { IncomingHttpHeaders } from 'node:http';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { Request } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import ipaddr from 'ipaddr.js';
import { invalid } from '../errors';
import type { IdentifierHasher } from '../lib/identifier-hasher';

/** What one subscriber has, and what one customer of a hoster can have. */
const SUBNET_BITS = 64;
const SITE_BITS = 48;
const HEADER = 'x-forwarded-for';
/** `198.51.100.7:4000`, `[2001:db8::1]:4000`, `[2001:db8::1]`, each perhaps in quotes. */
const DECORATED = /^"?(?:(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|\[([^\]]+)\](?::\d{1,5})?)"?$/;

/**
 * Takes ports and brackets off the addresses in `X-Forwarded-For`, as some proxies write them. Comes
 * first: Express would neither trust nor understand what is left of such an address.
 */
export function plainForwardedFor(headers: IncomingHttpHeaders): void {
  const given = headers[HEADER];
  if (typeof given === 'string' && /[[:"]/.test(given)) {
    headers[HEADER] = given.split(',').map(plainAddress).join(', ');
  }
}

function plainAddress(part: string): string {
  const address = part.trim();
  const [, ipv4, ipv6] = DECORATED.exec(address) ?? [];
  return ipv4 ?? ipv6 ?? address;
}

/**
 * The caller's IP as `trust proxy` sees it; an IPv4-mapped IPv6 address becomes IPv4.
 * @throws AppError invalid_request when it is none: callers who cannot be told apart must not share
 *   one limit, one place on an allowlist, one line of the audit log
 */
export function clientIp(request: Request): string {
  const { ip: given = '' } = request;
  if (isIPv4(given)) return given;
  const ip = given.replace(/%.*$/, '');
  if (isIP(ip) === 0) throw invalid('X-Forwarded-For', 'must hold IP addresses');
  return ipaddr.process(ip).toString();
}

/** The keys under which an IP is counted in Redis, each a keyed hash. */
export interface ClientKeys {
  /** Of the IPv4 address or the IPv6 /64. */
  subnet: string;
  /** Of the IPv6 /48; null for IPv4. */
  site: string | null;
}

/** The keys of whoever sent a request. */
export function clientKeys(request: Request, identifiers: IdentifierHasher): ClientKeys {
  const ip = clientIp(request);
  return {
    subnet: identifiers.current('ip', ipKeyGenerator(ip, SUBNET_BITS)),
    site: isIPv6(ip) ? identifiers.current('ip', ipKeyGenerator(ip, SITE_BITS)) : null,
  };
}
