import { normalizeId } from '../../core/identifiers/id';
import { type AuditFilter, listAudit } from '../../core/audit/list-audit';
import { listAccess } from '../../core/security-log/list-access';
import { auditCsv } from '../../core/audit/audit-csv';
import { startOfDay, startOfNextDay } from '../../core/wallet/utc-day';
import { sendAnswer } from '../answer';
import { id } from '../fields';
import { actors } from '../pages/texts/en-audit';
import type { DashboardCall, DashboardRoutes } from './dashboard-route';
import { peopleNames } from './people-names';

const PATH = '/dashboard/audit';
const PAGE_SIZE = 50;
const NAMES = ['action', 'certificate_id', 'from', 'to'] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const NOTHING = { entries: [], next_cursor: null };

type Typed = Record<(typeof NAMES)[number], string>;

/** The audit log, filtered, and as CSV. */
export function mountAudit({ ctx, get, download }: DashboardRoutes): void {
  get('/audit', async ({ by, t, request }) => {
    const typed = typedInto(request);
    const { filter, wrong } = filterOf(typed);
    const companyId = by.company.company_id;
    const [cursor, accessCursor] = [asText(request.query.cursor), asText(request.query.access)];
    const ok = wrong.length === 0;
    const { from, to } = filter;
    const [{ entries, next_cursor }, access, names] = await Promise.all([
      ok ? listAudit({ ctx, companyId, query: { ...filter, limit: PAGE_SIZE, cursor } }) : NOTHING,
      ok
        ? listAccess({
            ctx,
            companyId,
            query: { from, to, limit: PAGE_SIZE, cursor: accessCursor },
          })
        : NOTHING,
      peopleNames(ctx, companyId),
    ]);
    const link = (more: Record<string, string> = {}) =>
      `${PATH}?${new URLSearchParams({ ...typed, ...more }).toString()}`;
    return {
      section: 'audit',
      template: 'dashboard/audit',
      title: t.dashboard.audit.title,
      status: ok ? 200 : 400,
      data: {
        typed,
        entries,
        names,
        wrong,
        access: {
          entries: access.entries,
          first: accessCursor === undefined ? null : link(),
          next: access.next_cursor === null ? null : link({ access: access.next_cursor }),
        },
        exportPath: `${PATH}.csv?${new URLSearchParams(typed).toString()}`,
        first: cursor === undefined ? null : link(),
        next: next_cursor === null ? null : link({ cursor: next_cursor }),
      },
    };
  });
  download('/audit.csv', async ({ by, request, response }) => {
    const { filter, wrong } = filterOf(typedInto(request));
    if (wrong.length > 0) {
      response.redirect(303, `${PATH}?${new URLSearchParams(typedInto(request)).toString()}`);
      return;
    }
    await sendAnswer(response, {
      status: 200,
      headers: {
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Disposition': 'attachment; filename="audit.csv"',
      },
      stream: (gone) =>
        auditCsv({ ctx, companyId: by.company.company_id, filter, words: actors, gone }),
    });
  });
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function typedInto(request: DashboardCall['request']): Typed {
  const { query } = request;
  const typed = NAMES.map((name) => {
    const value = query[name];
    return [name, typeof value === 'string' ? normalizeId(value) : ''];
  });
  return Object.fromEntries(typed) as Typed;
}

/** From the start of the first day to the end of the last. */
function filterOf(typed: Typed): { filter: AuditFilter; wrong: string[] } {
  const isDay = (text: string) => DAY.test(text) && !Number.isNaN(startOfDay(text).getTime());
  const given = (text: string) => (text === '' ? undefined : text);
  const wrong = [
    ...(['from', 'to'] as const).filter((name) => typed[name] !== '' && !isDay(typed[name])),
    ...(['action', 'certificate_id'] as const).filter(
      (name) => typed[name] !== '' && !id.safeParse(typed[name]).success,
    ),
  ];
  if (wrong.length > 0) return { filter: {}, wrong };
  return {
    wrong,
    filter: {
      action: given(typed.action),
      certificate_id: given(typed.certificate_id),
      from: typed.from === '' ? undefined : startOfDay(typed.from),
      to: typed.to === '' ? undefined : startOfNextDay(typed.to),
    },
  };
}
