import { nameActors } from '../../core/audit/name-actors';
import { normalizeId } from '../../core/identifiers/id';
import type { BatchView } from '../../core/batches/batch-view';
import { CHANNELS } from '../../core/certificates/certificate-view';
import { errorsCsv } from '../../core/batches/errors-csv';
import { listBatches } from '../../core/batches/list-batches';
import { lookAtBatch } from '../../core/batches/watch-batch';
import { csvFile, sendAnswer } from '../answer';
import { reason as reasonSchema } from '../fields';
import { actors } from '../pages/texts/en-audit';
import { field, type Redirect } from '../pages/page-router';
import { operationIdOf } from '../pages/shown-once';
import { chosenChannels } from '../portal/channels';
import { mountBatchChanges } from './batch-changes';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { givenText } from './filters';
import { receiveList } from './receive-list';
import { pathOfRevocation } from './revocation';

const PATH = '/dashboard/revocations';
const PAGE_SIZE = 20;

/** CSV files: uploaded, previewed, committed, followed; and the list of all batches. */
export function mountRevocations(routes: DashboardRoutes): void {
  const { ctx } = routes;
  routes.get('/revocations', (call) => listOrFound(routes, call));
  routes.post('/revocations', (call) => upload(routes, call), { takesBody: true });
  routes.get('/revocations/:batch_id', (call) => batchPage(routes, call));
  mountBatchChanges(routes, {
    kind: 'revocations',
    path: '/revocations',
    page: (call, note) => batchPage(routes, call, note),
  });
  routes.download('/revocations/:batch_id/errors.csv', async ({ by, request, response }) => {
    const batchId = normalizeId(String(request.params.batch_id));
    const stream = await errorsCsv({ ctx, companyId: by.company.company_id, batchId });
    await sendAnswer(response, csvFile({ name: 'errors.csv', stream }));
  });
}

/** The list; where a reference number was looked up, the page of what it stands for. */
async function listOrFound(
  routes: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const reference = normalizeId(givenText(call.request.query.reference) ?? '');
  if (reference === '') return list(routes, call);
  const redirect = await pathOfRevocation(routes, call, reference);
  if (redirect !== null) return { redirect };
  const { notFound } = call.t.dashboard.revocations;
  return list(routes, call, { status: 404, reference, notFound });
}

/** What the list says beside its fields. */
interface Said {
  status?: number;
  error?: string;
  reason?: string;
  reasonError?: string;
  channels?: string[] | undefined;
  channelError?: string;
  reference?: string;
  notFound?: string;
}

async function list(
  { ctx }: DashboardRoutes,
  { by, t, request }: DashboardCall,
  more: Said = {},
): Promise<DashboardPage> {
  const { status = 200, ...rest } = more;
  const { cursor } = request.query;
  const { batches, next_cursor } = await listBatches({
    ctx,
    companyId: by.company.company_id,
    limit: PAGE_SIZE,
    cursor: typeof cursor === 'string' ? cursor : undefined,
  });
  const names = await nameActors({
    ctx,
    companyId: by.company.company_id,
    words: actors,
    actors: batches.map(({ actor }) => actor),
  });
  return {
    section: 'revocations',
    template: 'dashboard/revocations',
    status,
    title: t.dashboard.revocations.title,
    data: {
      batches,
      names,
      ...rest,
      first: cursor === undefined ? null : PATH,
      next: next_cursor === null ? null : `${PATH}?cursor=${encodeURIComponent(next_cursor)}`,
    },
  };
}

/** Takes a file as a dry run. */
function upload(routes: DashboardRoutes, call: DashboardCall): Promise<DashboardPage | Redirect> {
  const { request, t } = call;
  return receiveList(routes, call, {
    kind: 'revocations',
    accept: async (stored, accept) => {
      const given = field(request, 'reason').trim();
      const channels = chosenChannels(request);
      if (!reasonSchema.safeParse(given).success) {
        const reasonError = t.dashboard.errors.reason;
        return list(routes, call, { status: 400, reason: given, reasonError, channels });
      }
      if (channels?.length === 0) {
        const channelError = t.dashboard.revocations.channels.chooseOne;
        return list(routes, call, { status: 400, reason: given, channels, channelError });
      }
      const reason = given === '' ? undefined : given;
      const operationId = operationIdOf(request);
      const { _id } = await accept({ stored, dryRun: true, reason, channels, operationId });
      return { redirect: `${PATH}/${_id}` };
    },
    refused: (said) =>
      list(routes, call, {
        ...said,
        reason: field(request, 'reason'),
        channels: chosenChannels(request),
      }),
  });
}

async function batchPage(
  { ctx }: DashboardRoutes,
  { by, t, request }: DashboardCall,
  note?: string,
): Promise<DashboardPage> {
  const batchId = normalizeId(String(request.params.batch_id));
  const { view, hasFile, last } = await lookAtBatch({
    ctx,
    companyId: by.company.company_id,
    batchId,
  });
  const { invalid, not_found, already_revoked, duplicate } = view;
  const companyId = by.company.company_id;
  const names = await nameActors({ ctx, companyId, words: actors, actors: [view.actor] });
  return {
    section: 'revocations',
    template: 'dashboard/batch',
    title: t.dashboard.batch.title,
    status: note === undefined ? 200 : 409,
    data: {
      batch: view,
      startedBy: names(view.actor),
      hasFile,
      last,
      note,
      path: `${PATH}/${encodeURIComponent(batchId)}`,
      channels: channelsOf(t, view),
      errors: last ? invalid + not_found + already_revoked + duplicate : 0,
      running: ['queued', 'parsing', 'revoking', 'recording'].includes(view.state),
    },
  };
}

/** What its rows opt out of; undefined: of everything. */
function channelsOf(
  { dashboard }: DashboardCall['t'],
  { channels, columns_used }: BatchView,
): string | undefined {
  if (channels.length === CHANNELS.length) return undefined;
  const { names } = dashboard.revocations.channels;
  const listed = channels.map((channel) => names[channel]).join(', ');
  const column = columns_used.find(({ kind }) => kind === 'channels');
  return column ? dashboard.batch.unlessColumn(listed, column.name) : listed;
}
