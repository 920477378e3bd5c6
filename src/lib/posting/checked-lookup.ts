import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIPv4, type LookupFunction } from 'node:net';
import { settled } from '../settled';

/** Gives all addresses of a host; throws when it has none or the DNS does not answer. */
export type Resolve = (host: string) => Promise<string[]>;

/** Why a host is not connected to. Its message does not say what it resolved to: that may be a secret. */
export class LookupRefusal extends Error {
  constructor(
    readonly failure: 'dns_failed' | 'address_refused',
    message: string,
  ) {
    super(message);
  }
}

const TRY_MS = 2_500;
const TRIES = 2;
/** Of each family this many are tried, one after the other. */
const TRIED_ADDRESSES = 2;

/**
 * Asks the DNS itself: the system's getaddrinfo takes one of a few threads, so that slow servers of
 * one customer would hold up everybody.
 */
export async function resolveByDns(host: string): Promise<string[]> {
  if (/(^|\.)localhost\.?$/.test(host)) return ['127.0.0.1', '::1'];
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
  const [v4, v6] = await Promise.all([
    settled(resolver.resolve4(host)),
    settled(resolver.resolve6(host)),
  ]);
  const addresses = [v4, v6].flatMap((found) => (found.status === 'fulfilled' ? found.value : []));
  if (addresses.length === 0 && v4.status === 'rejected') throw v4.reason;
  return addresses;
}

/**
 * A `lookup` for connections, which resolves a host once, looks at every address and hands on just
 * these, so that nobody asks again. It fails with a LookupRefusal, also if only one is not accepted.
 */
export function checkedLookup({
  resolve,
  accepts,
}: {
  resolve: Resolve;
  accepts: (address: string) => boolean;
}): LookupFunction {
  const find = async (host: string): Promise<[LookupAddress, ...LookupAddress[]]> => {
    const found = await settled(resolve(host));
    if (found.status === 'rejected') throw new LookupRefusal('dns_failed', reasonOf(found.reason));
    if (!found.value.every(accepts)) {
      throw new LookupRefusal('address_refused', 'the host has an address that is not public');
    }
    const [first, ...others] = toTry(found.value);
    if (!first) throw new LookupRefusal('dns_failed', 'the host has no address');
    return [first, ...others];
  };
  return (host, { all }, callback) => {
    find(host).then(
      (addresses) => {
        if (all) callback(null, addresses);
        else callback(null, addresses[0].address, addresses[0].family);
      },
      (error: unknown) => {
        callback(error as LookupRefusal, []);
      },
    );
  };
}

/** IPv4 first: where it is there, it works. */
function toTry(addresses: string[]): LookupAddress[] {
  const v4 = addresses.filter((address) => isIPv4(address)).slice(0, TRIED_ADDRESSES);
  const v6 = addresses.filter((address) => !isIPv4(address)).slice(0, TRIED_ADDRESSES);
  return [
    ...v4.map((address) => ({ address, family: 4 })),
    ...v6.map((address) => ({ address, family: 6 })),
  ];
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTFOUND' || code === 'ENODATA'
    ? 'the host has no address'
    : `the DNS does not answer${code ? ` (${code})` : ''}`;
}
