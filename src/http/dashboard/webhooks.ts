import { changeEndpoint } from '../../core/webhooks/change-endpoint';
import { createEndpoint } from '../../core/webhooks/create-endpoint';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { field, fields, type Redirect } from '../pages/page-router';
import { operationIdOf, putAway, showOnce } from '../pages/shown-once';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { mountDeliveries } from './webhook-deliveries';
import { mountWebhookChanges } from './webhook-changes';
import {
  backTo,
  endpointPage,
  endpointsPage,
  hostOf,
  PATH,
  shownTo,
  type TypedEndpoint,
} from './webhooks-page';

/** Endpoints of the company: added, looked at, changed; and what was delivered to them. */
export function mountWebhooks(routes: DashboardRoutes): void {
  const { ctx, get, post } = routes;
  const path = '/settings/webhooks';
  get(path, (call) => endpointsPage(ctx, call));
  post(path, (call) => add(ctx, call), { fresh: true });
  post(
    `${path}/copied`,
    (call) => {
      putAway(ctx, call, PATH);
      return { redirect: PATH };
    },
    { viewersToo: true },
  );
  mountDeliveries(routes);
  get(`${path}/:endpoint_id`, (call) => endpointPage(ctx, call));
  post(`${path}/:endpoint_id`, (call) => change(ctx, call), { fresh: true });
  mountWebhookChanges(routes);
}

async function add(ctx: Context, call: DashboardCall): Promise<DashboardPage | Redirect> {
  const { by, request } = call;
  const typed = typedInto(call);
  try {
    const { endpoint, secret } = await createEndpoint({
      ctx,
      companyId: by.company.company_id,
      caller: by.caller,
      fields: fieldsOf(typed),
      operationId: operationIdOf(request),
    });
    const values = { host: hostOf(endpoint.url), secret, endpointId: endpoint._id };
    showOnce(ctx, call, shownTo(call), { kind: 'endpoint', values });
  } catch (error) {
    // The same form, sent again after it has been shown for long enough.
    if (error instanceof AppError && error.code === 'already_exists') return { redirect: PATH };
    return endpointsPage(ctx, call, { status: 400, typed, errors: wrongIn(error, call) });
  }
  return { redirect: PATH };
}

async function change(ctx: Context, call: DashboardCall): Promise<DashboardPage | Redirect> {
  const { by, request } = call;
  const endpointId = String(request.params.endpoint_id);
  const typed = typedInto(call);
  try {
    await changeEndpoint({
      ctx,
      companyId: by.company.company_id,
      caller: by.caller,
      endpointId,
      fields: fieldsOf(typed),
    });
  } catch (error) {
    return endpointPage(ctx, call, { status: 400, typed, errors: wrongIn(error, call) });
  }
  return backTo(endpointId, 'changed');
}

function typedInto({ request }: DashboardCall): TypedEndpoint {
  return {
    url: field(request, 'url').trim(),
    which: field(request, 'which') === 'some' ? 'some' : 'all',
    events: fields(request, 'events'),
    description: field(request, 'description').trim(),
  };
}

function fieldsOf({ url, which, events, description }: TypedEndpoint) {
  return { url, events: which === 'some' ? events : null, description };
}

/**
 * What to say beside each field that the core refused.
 * @throws what it did not refuse a field for
 */
function wrongIn(error: unknown, { t }: DashboardCall): Record<string, string> {
  const details = error instanceof AppError ? error.extra.details : undefined;
  if (!details) throw error;
  const { urlWrong, eventsWrong, descriptionWrong } = t.dashboard.webhooks;
  const wrong = details.map(({ path, message }) => {
    if (path === 'url') return ['url', urlWrong(message)];
    return path === 'description' ? [path, descriptionWrong] : ['events', eventsWrong];
  });
  return Object.fromEntries(wrong) as Record<string, string>;
}
