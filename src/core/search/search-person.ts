import type { Caller, Context } from '../../context';
import { invalid } from '../../errors';
import { distinct } from '../../lib/distinct';
import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';
import { namesOf, type PersonIdentifier, readIdentifier } from '../portal/identifier';
import { findThings } from './find-things';
import {
  foundCertificate,
  foundCompany,
  foundConsent,
  MAX_OF_EACH,
  type SearchResult,
} from './found';

/**
 * Finds what `search` finds and, by an email or a phone number, the certificates and consents of a
 * person and their companies: at most 50 of each. That somebody looked for a person is in the audit
 * log before they are told; whom they looked for is written down nowhere.
 * @throws AppError invalid_request naming `q` for a phone number that needs its country
 */
export async function searchPerson({
  ctx,
  text,
  caller,
}: {
  ctx: Context;
  text: string;
  caller: Caller;
}): Promise<SearchResult> {
  const read = readIdentifier(text);
  const isPerson = typeof read === 'object' && read.kind !== 'certificate_id';
  const [things, person] = await Promise.all([
    findThings({ ctx, text }),
    isPerson ? findPerson(ctx, read, caller) : null,
  ]);
  if (read === 'country' && things.results.length === 0) {
    throw invalid('q', 'must start with + and the country code, as in +44 7911 123456');
  }
  if (!person) return things;
  return {
    results: [...person.results, ...things.results],
    more: person.more || things.more,
    not_searched: things.not_searched,
  };
}

async function findPerson(
  ctx: Context,
  identifier: PersonIdentifier,
  caller: Caller,
): Promise<Pick<SearchResult, 'results' | 'more'>> {
  const { store } = ctx;
  const names = namesOf({ ctx, identifier });
  const [certificates, consents] = await Promise.all([
    store.people.listed(names, MAX_OF_EACH + 1),
    store.personConsents.listed(names, MAX_OF_EACH + 1),
  ]);
  const theirs = [...certificates.slice(0, MAX_OF_EACH), ...consents.slice(0, MAX_OF_EACH)];
  const ids = distinct(theirs.map(({ company_id }) => company_id));
  const companies = await store.companies.findMany(ids);
  const counts = `${certificates.length} certificates, ${consents.length} consents, ${ids.length} companies`;
  await store.transaction((session) =>
    recordChange({
      ctx,
      session,
      companyId: OPERATOR_LOG,
      action: 'person.searched',
      caller,
      reason: `by ${identifier.kind}: ${counts}`,
    }),
  );
  return {
    results: [
      ...companies.map(foundCompany),
      ...certificates.slice(0, MAX_OF_EACH).map(foundCertificate),
      ...consents.slice(0, MAX_OF_EACH).map(foundConsent),
    ],
    more: Math.max(certificates.length, consents.length) > MAX_OF_EACH,
  };
}
