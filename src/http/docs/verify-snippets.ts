/** How to verify a signature, in one language, to be copied as it is. */
export interface VerifySnippet {
  language: string;
  code: string;
}

const TYPESCRIPT = String.raw`import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const TOLERANCE_SECONDS = 300;

/** Whether a message is genuine and new. The body is its bytes as they came, before any parsing. */
function isGenuine(headers: IncomingHttpHeaders, body: Buffer, secret: string): boolean {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  const ageSeconds = Math.abs(Date.now() / 1_000 - Number(timestamp));
  if (!(ageSeconds <= TOLERANCE_SECONDS)) return false;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signed = createHmac('sha256', key)
    .update(id + '.' + timestamp + '.')
    .update(body);
  const expected = Buffer.from('v1,' + signed.digest('base64'));
  // There are two while the secret is being replaced.
  const signatures = String(headers['webhook-signature']).split(' ');
  return signatures.some((one) => {
    const given = Buffer.from(one);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
`;

const PYTHON = String.raw`import base64
import hashlib
import hmac
import re
import time

TOLERANCE_SECONDS = 300


def is_genuine(headers, body, secret):
    """Whether a message is genuine and new. The body is its bytes as they came, before any parsing."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not re.fullmatch("[0-9]{1,12}", timestamp):
        return False
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    expected = b"v1," + base64.b64encode(signed.digest())
    # There are two while the secret is being replaced.
    signatures = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(one, expected) for one in signatures)
`;

const SHELL = String.raw`# By hand. The file $BODY_FILE has the bytes as they came, without one more at the end;
# $WEBHOOK_ID, $WEBHOOK_TIMESTAMP and $WEBHOOK_SIGNATURE are the headers; $WEBHOOK_SECRET is yours.
key=$(printf %s "$WEBHOOK_SECRET" | sed 's/^whsec_//' | openssl base64 -d -A |
  od -An -v -tx1 | tr -d ' \n')
signature=$({ printf %s "$WEBHOOK_ID.$WEBHOOK_TIMESTAMP." && cat "$BODY_FILE"; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
case " $WEBHOOK_SIGNATURE " in
  *" v1,$signature "*) echo 'genuine' ;;
  *) echo 'not genuine' >&2; exit 1 ;;
esac
`;

/**
 * How to verify a delivery in each of three languages. The first two also refuse what is older than
 * five minutes, which somebody else may have kept and sent again.
 */
export const VERIFY_SNIPPETS: readonly VerifySnippet[] = [
  { language: 'TypeScript', code: TYPESCRIPT },
  { language: 'Python', code: PYTHON },
  { language: 'Shell', code: SHELL },
];
