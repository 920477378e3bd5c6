import { deliveryView } from '../../core/webhooks/delivery-view';
import { WEBHOOK_EVENTS } from '../../core/webhooks/endpoint-fields';
import {
  type EndpointWithHealth,
  getEndpointHealth,
  listEndpointHealth,
  MAX_WAITING_COUNTED,
} from '../../core/webhooks/endpoint-health';
import { listDeliveries } from '../../core/webhooks/list-deliveries';
import type { Context } from '../../context';
import { clockIn } from '../../lib/zoned-day';
import { shownOnce, type ShownOnceItem, type ShownOncePage } from '../pages/shown-once';
import type { DashboardCall, DashboardPage } from './dashboard-route';
import { givenText, zoneOf } from './filters';
import type { Redirect } from '../pages/page-router';

export const PATH = '/dashboard/settings/webhooks';
const LATEST = 10;

/** What an endpoint's form has, as text, so that what was typed stays. */
export interface TypedEndpoint {
  url: string;
  which: 'all' | 'some';
  events: string[];
  description: string;
}

/** What a page shows besides what is stored: what was typed, and what is wrong with it. */
export interface WebhookForms {
  status?: number;
  typed?: TypedEndpoint;
  since?: string;
  errors?: Record<string, string>;
}

/** The name, in `?notice=`, of what a page says after a change. */
export type WebhookNotice = keyof DashboardCall['t']['dashboard']['webhooks']['notices'];

const NOTHING_TYPED: TypedEndpoint = { url: '', which: 'all', events: [], description: '' };

/** The page of an endpoint, after a change. */
export function backTo(endpointId: string, notice?: WebhookNotice): Redirect {
  const path = pathOf(endpointId);
  return { redirect: notice === undefined ? path : `${path}?notice=${notice}` };
}

/** Where the page of an endpoint is. */
export function pathOf(endpointId: string): string {
  return `${PATH}/${encodeURIComponent(endpointId)}`;
}

/** Whom secrets are shown to. */
export function shownTo({ by }: DashboardCall): ShownOncePage {
  return { path: PATH, owner: by.formToken };
}

/** All endpoints, and the form that adds one. */
export async function endpointsPage(
  ctx: Context,
  call: DashboardCall,
  { status = 200, typed = NOTHING_TYPED, errors = {} }: WebhookForms = {},
): Promise<DashboardPage> {
  const { by, t } = call;
  const endpoints = await listEndpointHealth({ ctx, companyId: by.company.company_id });
  return {
    section: 'settings',
    template: 'dashboard/webhooks',
    status,
    title: t.dashboard.webhooks.title,
    data: { ...shared(ctx, call), endpoints, typed, errors, action: PATH },
  };
}

/** An endpoint: how it does, and what can be done with it. */
export async function endpointPage(
  ctx: Context,
  call: DashboardCall,
  { status = 200, typed, since, errors = {} }: WebhookForms = {},
): Promise<DashboardPage> {
  const { by, t, request } = call;
  const { company_id: companyId } = by.company;
  const endpointId = String(request.params.endpoint_id);
  const endpoint = await getEndpointHealth({ ctx, companyId, endpointId });
  const filter = { endpoint_id: endpointId };
  const latest = await listDeliveries({ ctx, companyId, filter, page: { limit: LATEST } });
  const path = pathOf(endpointId);
  return {
    section: 'settings',
    template: 'dashboard/webhook',
    status,
    title: t.dashboard.webhooks.title,
    data: {
      ...shared(ctx, call),
      endpoint,
      deliveries: latest.items.map(deliveryView),
      typed: typed ?? stored(endpoint),
      errors,
      since:
        since ?? clockIn(zoneOf(call))(new Date(endpoint.last_success_at ?? endpoint.created_at)),
      zone: zoneOf(call),
      path,
      action: path,
    },
  };
}

function shared(ctx: Context, call: DashboardCall) {
  const { request, t } = call;
  const { notices } = t.dashboard.webhooks;
  const notice = request.method === 'GET' ? givenText(request.query.notice) : undefined;
  const made = shownOnce(ctx, request, shownTo(call)).map((one) => describe(one, t.dashboard));
  return {
    tab: 'webhooks',
    made: { items: made, action: `${PATH}/copied` },
    notice:
      notice !== undefined && Object.hasOwn(notices, notice)
        ? notices[notice as WebhookNotice]
        : undefined,
    allEvents: WEBHOOK_EVENTS,
    nameOf,
    maxWaiting: MAX_WAITING_COUNTED,
  };
}

/** How people call an endpoint: its URL without what all of them begin with. */
export function nameOf(url: string): string {
  return url.replace(/^https?:\/\//, '').replace(/\/$/, '');
}

/** The host alone: paths can be secrets. */
export function hostOf(url: string): string {
  return new URL(url).host;
}

function stored({ url, events, description }: EndpointWithHealth): TypedEndpoint {
  return { url, which: events ? 'some' : 'all', events: events ?? [], description };
}

function describe(
  { kind, values }: ShownOnceItem,
  { webhooks: words }: DashboardCall['t']['dashboard'],
) {
  const { host = '', secret = '' } = values;
  const text = kind === 'rotated' ? words.rotatedSecret(host) : words.made(host);
  return { text, secrets: [{ id: 'secret', label: words.secret, value: secret }] };
}
