import { nameActors } from '../../core/audit/name-actors';
import { ACCESS_EVENTS, type AccessEvent, listAccess } from '../../core/security-log/list-access';
import { actors } from '../pages/texts/en-audit';
import type { DashboardRoutes } from './dashboard-route';
import { daysOf, givenText, textsIn } from './filters';

const PATH = '/dashboard/audit/access';
const PAGE_SIZE = 50;
const NOTHING = { entries: [], next_cursor: null };

/** The security log: who got in and who did not. */
export function mountAccess({ ctx, get }: DashboardRoutes): void {
  get('/audit/access', async (call) => {
    const { by, t, request } = call;
    const typed = textsIn(request, ['event', 'from', 'to']);
    const { wrong, from, to } = daysOf(typed, call);
    const companyId = by.company.company_id;
    const cursor = givenText(request.query.cursor);
    const event = ACCESS_EVENTS.find((one: AccessEvent) => one === typed.event);
    const query = { event, from, to, limit: PAGE_SIZE, cursor };
    const { entries, next_cursor } =
      wrong.length > 0 ? NOTHING : await listAccess({ ctx, companyId, query });
    const names = await nameActors({
      ctx,
      companyId,
      words: actors,
      actors: entries.flatMap(({ credential }) => credential ?? []),
    });
    const link = (more: Record<string, string> = {}) =>
      `${PATH}?${new URLSearchParams({ ...typed, ...more }).toString()}`;
    const w = t.dashboard.audit;
    return {
      section: 'audit',
      template: 'dashboard/access',
      title: w.access.title,
      status: wrong.length > 0 ? 400 : 200,
      data: {
        tab: 'access',
        typed,
        isFiltered: Object.values(typed).some((text) => text !== ''),
        wrong,
        entries,
        names,
        events: { '': w.any, ...w.access.events },
        first: cursor === undefined ? null : link(),
        next: next_cursor === null ? null : link({ cursor: next_cursor }),
      },
    };
  });
}
