import ipaddr from 'ipaddr.js';

/** Global unicast, 2000::/3: of IPv6 nothing else is in use on the internet. */
const GLOBAL_UNICAST_TOP_BITS = 0b001;
/** Azure's host answers each of its machines here, metadata and all, though the range is public. */
const AZURE_HOST = '168.63.129.16';
/** Interface ids of ISATAP (RFC 5214), which carry an IPv4 address; the bit in 0x0200 says it is unique. */
const ISATAP = { marker: 0x5efe, uniqueBit: 0x0200 };

/** Names that no public DNS has; so do names of one word, such as a container's. */
const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|lan|intranet|home\.arpa|svc)\.?$/;

/**
 * Whether an IP address is one of the public internet, as text: not of this machine, a private or
 * shared network, a link, a cloud's metadata, a group or a test, nor an IPv6 address that stands for
 * an IPv4 one, whichever that is. What cannot be read is not public.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4'
    ? parsed.toString() !== AZURE_HOST
    : isGlobalUnicast(parsed as ipaddr.IPv6);
}

function isGlobalUnicast({ parts, zoneId }: ipaddr.IPv6): boolean {
  const [first = 0, , , , fifth = 0, sixth = 0] = parts;
  const isIsatap = sixth === ISATAP.marker && (fifth & ~ISATAP.uniqueBit) === 0;
  return first >> 13 === GLOBAL_UNICAST_TOP_BITS && !zoneId && !isIsatap;
}

/** Whether a host's name is one that only a private network can know: of one word, `.internal` and such. */
export function isPrivateName(host: string): boolean {
  const name = host.toLowerCase();
  return !name.replace(/\.$/, '').includes('.') || PRIVATE_NAMES.test(name);
}
