import type { FirstCalls } from '../../core/activity/first-steps';

/** The words of the consent that the first call registers. */
const CONSENT = 'I agree to receive calls and texts about my order.';

/** Where calls go, and what they may name. */
interface Target {
  baseUrl: string;
  /** Null: the reader may not know it. */
  propertyId: string | null;
}

/** A call that registers a certificate, for a terminal; the same again changes nothing. */
export function registerCall(
  { baseUrl, propertyId }: Target,
  { domain }: NonNullable<FirstCalls['property']>,
): string {
  return call(`${baseUrl}/certificates`, {
    property_id: propertyId ?? 'PROPERTY_ID',
    session_id: 'first-session',
    email: 'first@example.com',
    origin: `https://${domain}/`,
    consents: [{ type: 'tcpa', text: CONSENT }],
  });
}

/** A call that checks a certificate, for a terminal. */
export function checkCall(
  { baseUrl }: Pick<Target, 'baseUrl'>,
  { certificateId, mode, text }: NonNullable<FirstCalls['check']>,
): string {
  const asked = mode === 'match' ? { consent: text } : { term: text };
  return call(`${baseUrl}/verify/${mode}`, { certificate_id: certificateId, ...asked });
}

/** The token is shown once only, so that it has to come from the reader's own terminal. */
function call(url: string, body: object): string {
  return [
    `curl -s ${url}`,
    '-H "Authorization: Bearer $TOKEN"',
    "-H 'Content-Type: application/json'",
    `-d ${quoted(JSON.stringify(body))}`,
  ].join(' \\\n  ');
}

/** As a shell reads it, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
