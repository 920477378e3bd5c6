import type { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import type { SearchResult } from '../../core/search/found';
import { search } from '../../core/search/search';
import { searchPerson } from '../../core/search/search-person';
import { TYPED_MAX_CHARACTERS } from '../../core/identifiers/visible-text';
import { searched } from './answers';
import { pathOfFound } from './found-path';
import { mountOperator } from './operator-route';

/** What is searched for: anything that is not blank. */
const wanted = z.object({
  q: z
    .string()
    .max(TYPED_MAX_CHARACTERS)
    .refine((text) => text.trim() !== '', 'must not be empty'),
});

/** Finding whatever an operator may have been told the id of; a person by POST only. */
export function mountSearch(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'get',
    path: '/search',
    operation: {
      id: 'search',
      summary: 'Find a company, batch, certificate, revocation, reference or job',
      description:
        'A company by its id or the beginning of its id or name; anything else by its whole id. At most 50 of each type; `more` says that there are more. `url` is where the operator’s pages show it. What looks like an email address or phone number is refused, as URLs end up in logs: use `POST /operator/search`.',
      refusals: { 400: '`q` is missing, or looks like an email address or a phone number.' },
      answers: { 200: searched },
    },
    query: wanted,
    handle: async ({ query }) => ({
      status: 200,
      body: withUrls(await search({ ctx, text: query.q })),
    }),
  });
  mountOperator(router, ctx, {
    method: 'post',
    path: '/search',
    operation: {
      id: 'searchPerson',
      summary: 'Find the certificates and companies of a person',
      description:
        'By an email address or a phone number, however it is written: at most 50 certificates and 50 consents, and their companies. That somebody was looked for is written to the audit log; whom, nowhere. Finds what `GET /operator/search` finds, too.',
      refusals: { 400: '`q` is missing, or a phone number that needs its country code.' },
      answers: { 200: searched },
    },
    body: wanted,
    handle: async ({ body, principal }) => ({
      status: 200,
      body: withUrls(await searchPerson({ ctx, text: body.q, caller: principal })),
    }),
  });
}

function withUrls({ results, ...rest }: SearchResult) {
  return { results: results.map((one) => ({ ...one, url: pathOfFound(one) })), ...rest };
}
