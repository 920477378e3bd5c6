import type { SearchResult } from '../../core/search/found';
import { namesPerson, search } from '../../core/search/search';
import { searchPerson } from '../../core/search/search-person';
import { TYPED_MAX_CHARACTERS } from '../../core/identifiers/visible-text';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { pathOfFound } from '../operator/found-path';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { type OperatorPage, type OperatorRoutes, PREFIX, queried } from './operator-page';

const NOTHING: SearchResult = { results: [], more: false, not_searched: [] };

/** The field on every page: it is sent by POST, so that no person is ever named by a URL. */
export function mountSearch({ ctx, get, post }: OperatorRoutes): void {
  get('/search', (call) => {
    const typed = queried(call, 'q').trim().slice(0, TYPED_MAX_CHARACTERS);
    return typed === ''
      ? resultsPage(call, null)
      : found(call, search({ ctx, text: typed }), typed);
  });
  // It looks, and changes nothing.
  post('/search', (call) => searchFor(ctx, call), { viewersToo: true });
}

async function searchFor(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const typed = field(call.request, 'q').trim();
  if (typed === '' || typed.length > TYPED_MAX_CHARACTERS) {
    return resultsPage(call, null, { error: call.t.operator.search.wrong });
  }
  if (!namesPerson(typed)) {
    return { redirect: call.link(`${PREFIX}/search?q=${encodeURIComponent(typed)}`) };
  }
  // Answered at once: where a redirect led would have to name the person.
  const caller = operatorCaller(call.request);
  return found(call, searchPerson({ ctx, text: typed, caller }), null);
}

/** @param typed what was searched for; null: a person, who is not shown */
async function found(
  call: PageCall,
  searching: Promise<SearchResult>,
  typed: string | null,
): Promise<OperatorPage> {
  try {
    return resultsPage(call, await searching, { typed });
  } catch (error) {
    const isWrong = error instanceof AppError && error.code === 'invalid_request';
    if (!isWrong) throw error;
    const { needsCountry, inUrl } = call.t.operator.search;
    return resultsPage(call, null, { error: typed === null ? needsCountry : inUrl });
  }
}

function resultsPage(
  { t }: PageCall,
  result: SearchResult | null,
  { typed = null, error = null }: { typed?: string | null; error?: string | null } = {},
): OperatorPage {
  const { results, more, not_searched } = result ?? NOTHING;
  return {
    section: null,
    status: error === null ? 200 : 400,
    template: 'operator-pages/search',
    title: t.operator.search.title,
    data: {
      asked: result !== null,
      typed,
      error,
      results: results.map((one) => ({ ...one, url: pathOfFound(one) })),
      more,
      noJobs: not_searched.length > 0,
    },
  };
}
