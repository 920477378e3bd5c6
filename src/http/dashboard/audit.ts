import { auditCsv } from '../../core/audit/audit-csv';
import {
  type AuditEntryView,
  type AuditFilter,
  COMPANY_ACTIONS,
  listAudit,
} from '../../core/audit/list-audit';
import { actorsIn, listActors, nameActors, nameReason } from '../../core/audit/name-actors';
import { REVOCATION_METHODS } from '../../core/certificates/certificate-view';
import { readReference } from '../../core/references/find-by-reference';
import { AppError } from '../../errors';
import { csvFile, sendAnswer } from '../answer';
import { id } from '../fields';
import { actors } from '../pages/texts/en-audit';
import { daysOf, givenText, textsIn } from './filters';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

const PATH = '/dashboard/audit';
const PAGE_SIZE = 50;
const NAMES = ['action', 'method', 'actor', 'certificate_id', 'from', 'to'] as const;
const NOTHING = { entries: [], next_cursor: null };
type Typed = Record<(typeof NAMES)[number], string>;

/** The audit log, filtered, and as CSV. */
export function mountAudit(routes: DashboardRoutes): void {
  const { ctx, get, download } = routes;
  get('/audit', (call) => auditPage(routes, call));
  download('/audit.csv', async (call) => {
    const { by, request, response } = call;
    const typed = textsIn(request, NAMES);
    const { filter, wrong } = filterOf(typed, call);
    if (wrong.length > 0) {
      response.redirect(303, `${PATH}?${new URLSearchParams(typed).toString()}`);
      return;
    }
    const stream = (gone: AbortSignal) =>
      auditCsv({ ctx, companyId: by.company.company_id, filter, words: actors, gone });
    await sendAnswer(response, csvFile({ name: 'audit.csv', stream }));
  });
}

async function auditPage({ ctx }: DashboardRoutes, call: DashboardCall): Promise<DashboardPage> {
  const { by, t, request } = call;
  const typed = textsIn(request, NAMES);
  const { filter, wrong } = filterOf(typed, call);
  const companyId = by.company.company_id;
  const cursor = givenText(request.query.cursor);
  const query = { ...filter, limit: PAGE_SIZE, cursor };
  const [found, everybody] = await Promise.all([
    wrong.length > 0 ? NOTHING : orNull(listAudit({ ctx, companyId, query })),
    listActors({ ctx, companyId, words: actors }),
  ]);
  const { entries, next_cursor } = found ?? NOTHING;
  const names = await nameActors({ ctx, companyId, words: actors, actors: actorsIn(entries) });
  const link = (more: Record<string, string> = {}) =>
    `${PATH}?${new URLSearchParams({ ...typed, ...more }).toString()}`;
  const w = t.dashboard.audit;
  return {
    section: 'audit',
    template: 'dashboard/audit',
    title: w.title,
    status: !found ? 422 : wrong.length > 0 ? 400 : 200,
    data: {
      tab: 'changes',
      typed,
      entries,
      names,
      reasonOf: (entry: AuditEntryView) => nameReason(entry, names),
      wrong,
      error: found ? undefined : t.dashboard.errors.searchTooLong,
      isFiltered: Object.values(typed).some((text) => text !== ''),
      actions: options(w.any, Object.entries(w.actions), typed.action),
      methods: options(w.any, Object.entries(w.methods), typed.method),
      actors: options(
        w.any,
        everybody.map(({ actor, name }) => [actor, name]),
        typed.actor,
      ),
      exportPath: `${PATH}.csv?${new URLSearchParams(typed).toString()}`,
      first: cursor === undefined ? null : link(),
      next: next_cursor === null ? null : link({ cursor: next_cursor }),
    },
  };
}

/** A pick-list; what was chosen by a link and is not in it is added. */
function options(any: string, all: [string, string][], chosen: string): Record<string, string> {
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

function filterOf(
  typed: Typed,
  call: Pick<DashboardCall, 'by' | 'request'>,
): { filter: AuditFilter; wrong: string[] } {
  const days = daysOf(typed, call);
  const texts = ['actor', 'certificate_id'] as const;
  const action = COMPANY_ACTIONS.find((one) => one === typed.action);
  const method = REVOCATION_METHODS.find((one) => one === typed.method);
  const wrong = [
    ...days.wrong,
    ...(typed.action !== '' && !action ? ['action'] : []),
    ...(typed.method !== '' && !method ? ['method'] : []),
    ...texts.filter((name) => typed[name] !== '' && !id.safeParse(typed[name]).success),
  ];
  if (wrong.length > 0) return { filter: {}, wrong };
  const named = givenText(typed.certificate_id);
  const isReference =
    named !== undefined && (readReference(named) !== null || /^(rev|crv|bat)_/.test(named));
  return {
    wrong,
    filter: {
      action,
      method,
      actor: givenText(typed.actor),
      certificate_id: isReference ? undefined : named,
      reference: isReference ? named : undefined,
      from: days.from,
      to: days.to,
    },
  };
}
