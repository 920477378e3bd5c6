import type { DeliveredMessage } from '../../core/webhooks/delivered-message';
import { VERIFY_SNIPPETS, type VerifySnippet } from '../docs/verify-snippets';

/** What is longer is to be saved from the page. */
const MAX_INLINE_CHARACTERS = 4_000;

/** How to verify a delivery, with its own values where that is of use. */
export function verifySnippets(message: DeliveredMessage | null): VerifySnippet[] {
  const headers = message?.headers;
  if (!headers) return [...VERIFY_SNIPPETS];
  return VERIFY_SNIPPETS.map(({ language, code }) => ({
    language,
    // Programs refuse what is old, so that only this one can be tried with it.
    code: language === 'Shell' ? `${valuesOf(headers, message.body)}\n${code}` : code,
  }));
}

function valuesOf(headers: Record<string, string>, body: string): string {
  const values = ['id', 'timestamp', 'signature'].map(
    (name) => `WEBHOOK_${name.toUpperCase()}=${quoted(headers[`webhook-${name}`] ?? '')}`,
  );
  const isShort = body.length <= MAX_INLINE_CHARACTERS;
  return [
    ...values,
    "WEBHOOK_SECRET='whsec_…'",
    'BODY_FILE=body.json',
    isShort ? `printf %s ${quoted(body)} > "$BODY_FILE"` : '# Save the payload as body.json.',
    '',
  ].join('\n');
}

/** A word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
