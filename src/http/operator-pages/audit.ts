import {
  AUDIT_ACTIONS,
  listOperatorAudit,
  listOperatorNames,
  type OperatorAuditFilter,
  TOKEN_ACTOR,
} from '../../core/operators/list-operator-audit';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { isDay, startOfDayIn, startOfNextDayIn } from '../../lib/zoned-day';
import { id } from '../fields';
import type { PageCall } from '../pages/page-router';
import { browserTimeZone } from '../pages/times';
import { companyPath } from './company-page';
import { type OperatorPage, type OperatorRoutes, PREFIX, queried } from './operator-page';

const PATH = `${PREFIX}/audit`;
const PAGE_SIZE = 50;
const NAMES = ['action', 'actor', 'company_id', 'from', 'to'] as const;
const NOTHING = { entries: [], next_cursor: null };
type Typed = Record<(typeof NAMES)[number], string>;

/** What operators changed, on pages, on the queue board and by the API; filtered. */
export function mountAudit({ ctx, get }: OperatorRoutes): void {
  get('/audit', (call) => auditPage(ctx, call));
}

async function auditPage(ctx: Context, call: PageCall): Promise<OperatorPage> {
  const typed = Object.fromEntries(
    NAMES.map((name) => [name, queried(call, name).trim()]),
  ) as Typed;
  const { filter, wrong } = filterOf(typed, call);
  const cursor = queried(call, 'cursor') || undefined;
  const query = { ...filter, limit: PAGE_SIZE, cursor };
  const [found, everybody] = await Promise.all([
    wrong.length > 0 ? NOTHING : orNull(listOperatorAudit({ ctx, query })),
    listOperatorNames({ ctx }),
  ]);
  const { entries, next_cursor } = found ?? NOTHING;
  const link = (more: Record<string, string> = {}) =>
    `${PATH}?${new URLSearchParams({ ...typed, ...more }).toString()}`;
  const w = call.t.operator.audit;
  return {
    section: 'audit',
    template: 'operator-pages/audit',
    title: w.title,
    status: !found ? 422 : wrong.length > 0 ? 400 : 200,
    data: {
      typed,
      entries,
      wrong,
      companyPath,
      path: PATH,
      error: found ? undefined : call.t.dashboard.errors.searchTooLong,
      isFiltered: Object.values(typed).some((text) => text !== ''),
      actions: options(w.any, Object.entries(w.actions), typed.action),
      actors: options(
        w.any,
        [['operator', TOKEN_ACTOR], ...everybody.map(({ actor, name }) => [actor, name] as const)],
        typed.actor,
      ),
      first: cursor === undefined ? null : link(),
      next: next_cursor === null ? null : link({ cursor: next_cursor }),
    },
  };
}

/** A pick-list; what was chosen by a link and is not in it is added. */
function options(
  any: string,
  all: (readonly [string, string])[],
  chosen: string,
): Record<string, string> {
  const listed = Object.fromEntries([['', any], ...all]) as Record<string, string>;
  return chosen in listed ? listed : { ...listed, [chosen]: chosen };
}

/** Null when it takes too long. */
async function orNull<T>(listing: Promise<T>): Promise<T | null> {
  try {
    return await listing;
  } catch (error) {
    if (error instanceof AppError && error.code === 'search_too_long') return null;
    throw error;
  }
}

/** Days are those of the browser's zone, as the times on the page are. */
function filterOf(
  typed: Typed,
  { request }: PageCall,
): { filter: OperatorAuditFilter; wrong: string[] } {
  const { actor, company_id, from, to } = typed;
  const action = AUDIT_ACTIONS.find((one) => one === typed.action);
  const texts = Object.entries({ actor, company_id });
  const wrong = [
    ...(typed.action !== '' && !action ? ['action'] : []),
    ...texts.filter(([, text]) => text !== '' && !id.safeParse(text).success).map(first),
    ...Object.entries({ from, to })
      .filter(([, day]) => day !== '' && !isDay(day))
      .map(first),
  ];
  if (wrong.length > 0) return { filter: {}, wrong };
  const zone = browserTimeZone(request);
  return {
    wrong,
    filter: {
      action,
      actor: actor || undefined,
      company_id: company_id || undefined,
      from: from === '' ? undefined : startOfDayIn(from, zone),
      to: to === '' ? undefined : startOfNextDayIn(to, zone),
    },
  };
}

const first = ([name]: [string, string]): string => name;
