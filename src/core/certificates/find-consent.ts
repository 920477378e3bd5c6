import { hash } from 'node:crypto';
import { foldCase } from '../../lib/fold-case';
import type { Consent } from '../../store/certificates';

/** How a check compares: the whole text word for word, or a term within it. */
export const MATCH_MODES = ['match', 'partial-match'] as const;
export type MatchMode = (typeof MATCH_MODES)[number];

/** A consent with its text, or without where its hash is of the way in which texts are compared now. */
export type ComparedConsent = Omit<Consent, 'text'> & { text?: string };

/** Of the way in which whole texts are compared; to be changed with it. */
const HASH_VERSION = '1:';

/**
 * What a whole text is compared by: SHA-256 (base64url), after Unicode NFC, with line breaks alike,
 * surrounding white space ignored.
 */
export function matchHash(text: string): string {
  const normal = comparable(text).trim();
  return HASH_VERSION + hash('sha256', normal, 'base64url');
}

/** Whether a check of these consents has to read their texts. */
export function needsTexts(consents: ComparedConsent[], mode: MatchMode): boolean {
  return mode === 'partial-match' || consents.some((consent) => !hasHash(consent));
}

/**
 * The first consent that a check finds, or undefined.
 * `match`: equal by `matchHash`.
 * `partial-match`: case-insensitive substring, the term taken literally.
 * @param consents with their texts, where `needsTexts`
 */
export function findConsent<C extends ComparedConsent>(
  consents: C[],
  mode: MatchMode,
  text: string,
): C | undefined {
  if (mode === 'match') {
    const wanted = matchHash(text);
    return consents.find((consent) => hashOf(consent) === wanted);
  }
  const term = foldCase(comparable(text));
  return consents.find((consent) => foldCase(comparable(consent.text ?? '')).includes(term));
}

function hasHash({ match_hash }: ComparedConsent): boolean {
  return match_hash?.startsWith(HASH_VERSION) === true;
}

/** Those of earlier releases have none. */
function hashOf(consent: ComparedConsent): string | undefined {
  return hasHash(consent) ? consent.match_hash : matchHash(consent.text ?? '');
}

/** Unicode NFC, and every line break a line feed. */
function comparable(text: string): string {
  return text.normalize('NFC').replace(/\r\n?/g, '\n');
}
