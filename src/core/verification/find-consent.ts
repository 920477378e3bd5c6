import type { Consent } from '../../store/certificates';

/** How a check compares: the whole text word for word, or a term within it. */
export type MatchMode = 'match' | 'partial-match';

/**
 * The first consent that a check finds, or undefined.
 * `match`: equal after Unicode NFC, surrounding white space ignored.
 * `partial-match`: case-insensitive substring, the term taken literally.
 */
export function findConsent(
  consents: Consent[],
  mode: MatchMode,
  text: string,
): Consent | undefined {
  if (mode === 'match') {
    const wanted = text.normalize('NFC').trim();
    return consents.find((consent) => consent.text.normalize('NFC').trim() === wanted);
  }
  const term = text.normalize('NFC').toLowerCase();
  return consents.find((consent) => consent.text.normalize('NFC').toLowerCase().includes(term));
}
