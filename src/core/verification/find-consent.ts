import { foldCase } from '../../lib/fold-case';
import type { Consent } from '../../store/certificates';

/** How a check compares: the whole text word for word, or a term within it. */
export type MatchMode = 'match' | 'partial-match';

/**
 * The first consent that a check finds, or undefined.
 * `match`: equal after Unicode NFC, with line breaks alike, surrounding white space ignored.
 * `partial-match`: case-insensitive substring, the term taken literally.
 */
export function findConsent(
  consents: Consent[],
  mode: MatchMode,
  text: string,
): Consent | undefined {
  if (mode === 'match') {
    const wanted = comparable(text).trim();
    return consents.find((consent) => comparable(consent.text).trim() === wanted);
  }
  const term = foldCase(comparable(text));
  return consents.find((consent) => foldCase(comparable(consent.text)).includes(term));
}

/** Unicode NFC, and every line break a line feed. */
function comparable(text: string): string {
  return text.normalize('NFC').replace(/\r\n?/g, '\n');
}
