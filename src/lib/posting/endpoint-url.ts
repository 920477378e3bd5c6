import { isIP } from 'node:net';
import { isPrivateName, isPublicAddress } from '../public-address';

const URL_MAX_CHARACTERS = 2_000;
/** 443 and what commonly stands in for it: whoever may choose any port can have ports of others tried. */
const HTTPS_PORTS = ['443', '4443', '8443', '9443', '10443'];

/**
 * Says what is wrong with a URL that a customer wants to be called at, in words that follow its
 * field's name ("must …"); null when nothing is. What its name resolves to is looked at when it is called.
 * @param production if not, http, any port and private hosts are fine
 */
export function checkEndpointUrl(text: string, rules: { production: boolean }): string | null {
  if (text.length > URL_MAX_CHARACTERS) {
    return `must have at most ${URL_MAX_CHARACTERS.toLocaleString('en-US')} characters`;
  }
  // URL drops line breaks and spaces around without a word.
  if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(text)) return 'must be a URL';
  const url = new URL(text);
  if (!(rules.production ? ['https:'] : ['https:', 'http:']).includes(url.protocol)) {
    return `must begin with https://${rules.production ? '' : ' or http://'}`;
  }
  if (url.username || url.password) return 'must not contain a user or a password';
  if (text.includes('#')) return 'must not contain a fragment (#)';
  if (!rules.production) return null;
  if (!HTTPS_PORTS.includes(url.port || '443')) {
    return `must have one of the ports ${HTTPS_PORTS.join(', ')}`;
  }
  return isPrivateHost(url) ? 'must have a host of the public internet' : null;
}

/** URL has already turned 2130706433, 0x7f.1 and 017700000001 into 127.0.0.1. */
function isPrivateHost({ hostname }: URL): boolean {
  const literal = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(literal) ? !isPublicAddress(literal) : isPrivateName(hostname);
}
