import { isIP } from 'node:net';
import type { Request } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import ipaddr from 'ipaddr.js';
import type { IdentifierHasher } from '../lib/identifier-hasher';

const IPV6_SUBNET_BITS = 64;

/** The caller's IP as `trust proxy` sees it; an IPv4-mapped IPv6 address becomes IPv4. */
export function clientIp(request: Request): string {
  const ip = (request.ip ?? '').replace(/%.*$/, '');
  return isIP(ip) === 0 ? '0.0.0.0' : ipaddr.process(ip).toString();
}

/** The key under which an IP is counted in Redis: a keyed hash of the IPv4 address or the IPv6 /64. */
export function clientKey(request: Request, identifiers: IdentifierHasher): string {
  return identifiers.current('ip', ipKeyGenerator(clientIp(request), IPV6_SUBNET_BITS));
}
