import ipaddr from 'ipaddr.js';
import { isPrivateName } from './lib/public-address';
import type { TrustProxy } from './settings';

/** The settings that production is particular about; null: not set. */
export interface Judged {
  publicUrl: string | null;
  demo: boolean;
  trustProxy: TrustProxy;
  smtpUrl: string | null;
  /** Where witnesses are. */
  witnesses: string[];
  /** The newest secret of each setting, by the setting's name. */
  secrets: Record<string, string>;
  /** Where MongoDB, Redis and mail are, by the setting's name. */
  servers: Record<string, string | null>;
}

const SECRET_MIN_CHARACTERS = 32;
/** The widest ranges that are private: 10.0.0.0/8 and fc00::/7. Whoever trusts more, trusts strangers. */
const WIDEST_IPV4_BITS = 8;
const WIDEST_IPV6_BITS = 7;
const MAPPED_BITS = 96;

/** Why settings are refused in production, in one line that names the setting; null: they are not. */
export function whyNotInProduction(judged: Judged): string | null {
  const { publicUrl, demo, trustProxy, smtpUrl, witnesses, secrets, servers } = judged;
  if (publicUrl === null) return 'PUBLIC_URL is required in production';
  if (!publicUrl.startsWith('https://')) return 'PUBLIC_URL must be https:// in production';
  if (demo) return 'DEMO must not be true in production';
  const weak = Object.entries(secrets).find(([, secret]) => isWeak(secret));
  if (weak) {
    const needed = `${String(SECRET_MIN_CHARACTERS)} characters or more, not all the same`;
    return `${weak[0]} must have ${needed}, in production`;
  }
  if (trustsEverybody(trustProxy)) {
    return 'TRUST_PROXY must not trust everybody: name the proxies in front, or how many there are';
  }
  if (smtpUrl?.startsWith('console:')) return 'SMTP_URL must not be console:// in production';
  if (!witnesses.every((url) => url.startsWith('https://'))) {
    return 'WITNESSES must have https:// URLs, in production';
  }
  const open = Object.entries(servers).find(([, url]) => url && !usesTls(url) && !isPrivate(url));
  return open ? `${open[0]} must use TLS${howTo(open[0])}: its host is not private` : null;
}

/** A line for each server that is reached without TLS, which names its setting. */
export function warningsInProduction({ servers }: Judged): string[] {
  return Object.entries(servers)
    .filter(([, url]) => url && !usesTls(url))
    .map(([name]) => `${name} does not use TLS${howTo(name)}: whoever is in that network can read`);
}

function isWeak(secret: string): boolean {
  return secret.length < SECRET_MIN_CHARACTERS || new Set(secret).size === 1;
}

function trustsEverybody(trustProxy: TrustProxy): boolean {
  if (!Array.isArray(trustProxy)) return false;
  return trustProxy.some((range) => {
    if (!ipaddr.isValidCIDR(range)) return false;
    const [address, bits] = ipaddr.parseCIDR(range);
    if (address.kind() === 'ipv4') return bits < WIDEST_IPV4_BITS;
    const mapped = (address as ipaddr.IPv6).isIPv4MappedAddress();
    return bits < (mapped ? MAPPED_BITS + WIDEST_IPV4_BITS : WIDEST_IPV6_BITS);
  });
}

function howTo(name: string): string {
  if (name === 'SMTP_URL') return ' (smtps://, or ?requireTLS=true)';
  return name === 'REDIS_URL'
    ? ' (rediss://, rediss+sentinel:// or rediss+cluster://)'
    : ' (?tls=true)';
}

/** Whether a connection is encrypted, whatever the server would like. */
function usesTls(url: string): boolean {
  const [scheme = ''] = url.split('://');
  const options = new URLSearchParams(url.split('?')[1] ?? '');
  const says = (name: string) => options.get(name)?.toLowerCase();
  if (scheme === 'smtp') return says('requireTLS') === 'true' && says('ignoreTLS') !== 'true';
  const tls = says('tls') ?? says('ssl');
  if (scheme === 'mongodb') return tls === 'true';
  if (scheme === 'mongodb+srv') return tls !== 'false';
  return /^(rediss|smtps|console)\b/.test(scheme) || tls === 'true';
}

/** Whether every host of a URL is this machine or one of a private network. */
function isPrivate(url: string): boolean {
  // Passwords may contain anything but `/`, `?` and, in front of the host, a second `@`.
  const authority = /^[^:]+:\/\/([^/?]*)/.exec(url)?.[1] ?? '';
  const hosts = authority.slice(authority.lastIndexOf('@') + 1).split(',');
  return hosts.every((host) => isPrivateHost(withoutPort(host)));
}

function withoutPort(host: string): string {
  return /^\[(.+)\]/.exec(host)?.[1] ?? host.replace(/:\d+$/, '');
}

const PRIVATE_RANGES = ['private', 'loopback', 'uniqueLocal', 'linkLocal', 'carrierGradeNat'];

function isPrivateHost(host: string): boolean {
  if (ipaddr.isValid(host)) return PRIVATE_RANGES.includes(ipaddr.process(host).range());
  // A path to a socket is escaped in a URL; an empty host means a socket, too.
  if (host === '' || host.toLowerCase().startsWith('%2f')) return true;
  return isPrivateName(host);
}
