import { deliveredMessage } from '../../core/webhooks/delivered-message';
import { deliveryView } from '../../core/webhooks/delivery-view';
import { getDelivery } from '../../core/webhooks/get-delivery';
import { DELIVERY_STATES, listDeliveries } from '../../core/webhooks/list-deliveries';
import { listEndpoints } from '../../core/webhooks/list-endpoints';
import { redeliver } from '../../core/webhooks/redeliver';
import { endpointView } from '../../core/webhooks/endpoint-view';
import type { Redirect } from '../pages/page-router';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { givenText, textsIn } from './filters';
import { unlessDisabled } from './webhook-changes';
import { verifySnippets } from './webhook-snippets';
import { nameOf, PATH as ENDPOINTS } from './webhooks-page';

const PATH = `${ENDPOINTS}/deliveries`;
const PAGE_SIZE = 50;
const NAMES = ['endpoint_id', 'status', 'event'] as const;
const NOTHING = { items: [], next_cursor: null };

/** What was and will be delivered: a list, one by one with its tries, and sent again. */
export function mountDeliveries(routes: DashboardRoutes): void {
  const { get, post } = routes;
  get('/settings/webhooks/deliveries', (call) => listPage(routes, call));
  get('/settings/webhooks/deliveries/:delivery_id', (call) => deliveryPage(routes, call));
  post('/settings/webhooks/deliveries/:delivery_id/redeliver', (call) => again(routes, call));
}

async function listPage({ ctx }: DashboardRoutes, call: DashboardCall): Promise<DashboardPage> {
  const { by, t, request } = call;
  const { company_id: companyId } = by.company;
  const w = t.dashboard.webhooks;
  const typed = textsIn(request, NAMES);
  const state = DELIVERY_STATES.find((one) => one === typed.status);
  const endpoints = await listEndpoints({ ctx, companyId });
  const names = new Map(endpoints.map(({ _id, url }) => [_id, nameOf(url)]));
  const wrong = [
    ...(typed.status !== '' && !state ? ['status'] : []),
    ...(typed.event !== '' && !Object.hasOwn(w.eventNames, typed.event) ? ['event'] : []),
  ];
  const cursor = givenText(request.query.cursor);
  const filter = {
    endpoint_id: givenText(typed.endpoint_id),
    state,
    event: givenText(typed.event),
  };
  const page = { limit: PAGE_SIZE, cursor };
  const { items, next_cursor: next } =
    wrong.length > 0 ? NOTHING : await listDeliveries({ ctx, companyId, filter, page });
  const link = (more: Record<string, string> = {}) =>
    `${PATH}?${new URLSearchParams({ ...typed, ...more }).toString()}`;
  const any = { '': w.deliveries.any };
  return {
    section: 'settings',
    template: 'dashboard/webhook-deliveries',
    title: w.deliveries.title,
    status: wrong.length > 0 ? 400 : 200,
    data: {
      tab: 'webhooks',
      typed,
      wrong,
      isFiltered: Object.values(typed).some((text) => text !== ''),
      options: {
        endpoint_id: {
          ...any,
          ...(typed.endpoint_id && { [typed.endpoint_id]: typed.endpoint_id }),
          ...Object.fromEntries(names),
        },
        status: { ...any, ...w.deliveries.statuses },
        event: { ...any, ...w.eventNames },
      },
      deliveries: items.map(deliveryView),
      names,
      first: cursor === undefined ? null : link(),
      next: next === null ? null : link({ cursor: next }),
    },
  };
}

async function deliveryPage({ ctx }: DashboardRoutes, call: DashboardCall): Promise<DashboardPage> {
  const { by, t, request } = call;
  const { company_id: companyId } = by.company;
  const w = t.dashboard.webhooks;
  const delivery = await getDelivery({ ctx, companyId, deliveryId: deliveryIdOf(call) });
  const [endpoints, message] = await Promise.all([
    listEndpoints({ ctx, companyId }),
    deliveredMessage({ ctx, delivery }),
  ]);
  const endpoint = endpoints.find(({ _id }) => _id === delivery.endpoint_id);
  const notice = givenText(request.query.notice);
  return {
    section: 'settings',
    template: 'dashboard/webhook-delivery',
    title: w.eventNames[delivery.event],
    data: {
      tab: 'webhooks',
      delivery: deliveryView(delivery),
      endpoint: endpoint && endpointView(endpoint),
      nameOf,
      message,
      snippets: verifySnippets(message),
      notice: notice === 'again' || notice === 'off' ? w.notices[notice] : undefined,
      path: pathOf(delivery._id),
    },
  };
}

function again({ ctx }: DashboardRoutes, call: DashboardCall): Promise<Redirect> {
  const { company, caller } = call.by;
  const deliveryId = deliveryIdOf(call);
  const back = (notice: 'again' | 'off'): Redirect => ({
    redirect: `${pathOf(deliveryId)}?notice=${notice}`,
  });
  const send = async (): Promise<Redirect> => {
    await redeliver({ ctx, companyId: company.company_id, caller, deliveryId });
    return back('again');
  };
  return unlessDisabled(call, send, back);
}

function deliveryIdOf({ request }: DashboardCall): string {
  return String(request.params.delivery_id);
}

function pathOf(deliveryId: string): string {
  return `${PATH}/${encodeURIComponent(deliveryId)}`;
}
