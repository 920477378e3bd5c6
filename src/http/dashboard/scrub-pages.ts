import { nameActors } from '../../core/audit/name-actors';
import { listScrubs } from '../../core/batches/scrub/list-scrubs';
import { scrubView, type ScrubView } from '../../core/batches/scrub/scrub-view';
import { lookAt } from '../../core/batches/watch-batch';
import { normalizeId } from '../../core/identifiers/id';
import { getWallet } from '../../core/wallet/get-wallet';
import { actors } from '../pages/texts/en-audit';
import { CONTACTS_PATH } from './contact-verdict';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

/** Below the dashboard. */
export const SCRUBS = '/contacts/scrubs';
const PATH = `/dashboard${SCRUBS}`;
const PAGE_SIZE = 20;
const RUNNING = ['queued', 'parsing', 'answering', 'recording'];

/** What the page "Contacts" says of the company's files. */
export async function scrubList(
  { ctx }: DashboardRoutes,
  { by, request }: DashboardCall,
): Promise<Record<string, unknown>> {
  const companyId = by.company.company_id;
  const { cursor } = request.query;
  const { scrubs, next_cursor } = await listScrubs({
    ctx,
    companyId,
    limit: PAGE_SIZE,
    cursor: typeof cursor === 'string' ? cursor : undefined,
  });
  const named = scrubs.map(({ actor }) => actor);
  return {
    scrubs: scrubs.map((one) => ({
      ...one,
      path: pathOf(one.scrub_id),
      hasResult: hasResult(one),
    })),
    names: await nameActors({ ctx, companyId, words: actors, actors: named }),
    first: cursor === undefined ? null : CONTACTS_PATH,
    next:
      next_cursor === null ? null : `${CONTACTS_PATH}?cursor=${encodeURIComponent(next_cursor)}`,
  };
}

/** One file, with its price and buttons. */
export async function scrubPage(
  { ctx }: DashboardRoutes,
  { by, t, request }: DashboardCall,
  note?: string,
  status = 200,
): Promise<DashboardPage> {
  const companyId = by.company.company_id;
  const batchId = normalizeId(String(request.params.batch_id));
  const { view, hasFile, last } = await lookAt(
    { ctx, companyId, batchId, kind: 'scrubs' },
    scrubView,
  );
  const { available_microusd: available } = await getWallet({ ctx, companyId });
  const names = await nameActors({ ctx, companyId, words: actors, actors: [view.actor] });
  return {
    section: 'contacts',
    template: 'dashboard/scrub',
    title: t.dashboard.scrubs.title,
    status,
    data: {
      batch: view,
      startedBy: names(view.actor),
      hasFile,
      last,
      note,
      available,
      payable: view.rows_read - view.invalid,
      hasResult: last && hasResult(view),
      running: RUNNING.includes(view.state),
      path: pathOf(view.scrub_id),
    },
  };
}

/** Where a scrub is shown. */
export function pathOf(scrubId: string): string {
  return `${PATH}/${encodeURIComponent(scrubId)}`;
}

/** What has been answered can be fetched as long as it is kept, of one that was cancelled, too. */
function hasResult(view: ScrubView): boolean {
  const { state, expires_at } = view;
  const answered = view.consented + view.opted_out + view.no_consent + view.other_consent;
  const hasEnded = ['completed', 'failed', 'cancelled'].includes(state);
  return expires_at !== null && hasEnded && (answered > 0 || state === 'completed');
}
