import type { Context } from '../../context';
import { invalid } from '../../errors';
import { normalizeId } from '../identifiers/id';
import { readIdentifier } from '../portal/identifier';
import { findThings } from './find-things';
import type { SearchResult } from './found';

/** Ids of jobs are short numbers. */
const SHORT_NUMBER = /^\d{1,9}$/;

/**
 * Finds a company by its id or the beginning of its id or name; a batch, certificate, consent,
 * revocation, reference number or job by its id.
 * @throws AppError invalid_request naming `q` for what looks like an email or a phone number
 */
export async function search({ ctx, text }: { ctx: Context; text: string }): Promise<SearchResult> {
  if (namesPerson(text)) {
    throw invalid(
      'q',
      'looks like an email address or phone number, which must not be part of a URL: use POST /operator/search with {"q": …}, which is audited',
    );
  }
  return findThings({ ctx, text });
}

/** Whether a text is meant as an email or a phone number, also one that is not complete. */
export function namesPerson(text: string): boolean {
  const typed = normalizeId(text).replaceAll(/%40/gi, '@');
  const read = readIdentifier(typed);
  if (typeof read === 'object') return read.kind !== 'certificate_id';
  if (read === 'email') return true;
  return read !== 'nothing' && !SHORT_NUMBER.test(typed);
}
