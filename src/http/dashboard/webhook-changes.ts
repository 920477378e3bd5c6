import { askForReplay } from '../../core/webhooks/ask-for-replay';
import { changeEndpoint } from '../../core/webhooks/change-endpoint';
import { countReplayed, MAX_REPLAYED_COUNTED } from '../../core/webhooks/count-replayed';
import { getEndpointHealth, MAX_WAITING_COUNTED } from '../../core/webhooks/endpoint-health';
import { removeEndpoint } from '../../core/webhooks/remove-endpoint';
import { rotateSecret } from '../../core/webhooks/rotate-secret';
import { sendTest } from '../../core/webhooks/send-test';
import { AppError } from '../../errors';
import { isMinute, timeIn } from '../../lib/zoned-day';
import { field, type Redirect } from '../pages/page-router';
import { forgetShown, operationIdOf, showOnce } from '../pages/shown-once';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { givenText, zoneOf } from './filters';
import { backTo, endpointPage, hostOf, PATH, pathOf, shownTo } from './webhooks-page';

type Asked = 'remove' | 'disable' | 'rotate';

/** What is done with an endpoint, by way of a question where that ends something. */
export function mountWebhookChanges(routes: DashboardRoutes): void {
  const { ctx, get, post } = routes;
  const path = '/settings/webhooks/:endpoint_id';
  const adminsOnly = { adminsOnly: true };
  for (const verb of ['remove', 'disable', 'rotate'] as const) {
    get(`${path}/${verb}`, (call) => ask(routes, call, verb), adminsOnly);
  }
  get(`${path}/replay`, (call) => askToReplay(routes, call), adminsOnly);
  post(`${path}/remove`, (call) => remove(routes, call));
  post(`${path}/disable`, (call) => enable(routes, call, false));
  post(`${path}/enable`, (call) => enable(routes, call, true));
  post(`${path}/rotate`, (call) => rotate(routes, call), { fresh: true });
  post(`${path}/replay`, (call) => replay(routes, call));
  post(`${path}/test`, (call) =>
    unlessDisabled(call, async () => {
      await sendTest({ ctx, ...named(call) });
      return backTo(endpointIdOf(call), 'tested');
    }),
  );
}

function endpointIdOf({ request }: DashboardCall): string {
  return String(request.params.endpoint_id);
}

function named(call: DashboardCall) {
  const { company, caller } = call.by;
  return { companyId: company.company_id, caller, endpointId: endpointIdOf(call) };
}

async function ask(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
  verb: Asked,
): Promise<DashboardPage> {
  const words = call.t.dashboard.webhooks;
  const endpoint = await getEndpointHealth({ ctx, ...named(call) });
  const stops = words.stops(endpoint.waiting, MAX_WAITING_COUNTED);
  const isTwice = Date.parse(endpoint.previous_secret_until ?? '') > ctx.now().getTime();
  const notes: Record<Asked, string> = {
    remove: `${stops} ${words.removeNote}`,
    disable: `${stops} ${words.disableNote}`,
    rotate: isTwice ? `${words.rotateNote} ${words.rotateTwice}` : words.rotateNote,
  };
  return question(call, {
    question: words[`${verb}Title`](hostOf(endpoint.url)),
    note: notes[verb],
    button: words[verb],
    action: `${pathOf(endpoint.endpoint_id)}/${verb}`,
  });
}

function question(
  call: DashboardCall,
  data: { question: string; note: string; button: string; action: string; hidden?: object },
): DashboardPage {
  return {
    section: 'settings',
    template: 'dashboard/confirm',
    title: data.question,
    data: {
      heading: call.t.dashboard.webhooks.title,
      back: pathOf(endpointIdOf(call)),
      ...data,
    },
  };
}

async function remove({ ctx }: DashboardRoutes, call: DashboardCall): Promise<Redirect> {
  try {
    await removeEndpoint({ ctx, ...named(call) });
  } catch (error) {
    // Somebody else has just done what was wanted.
    if (!(error instanceof AppError) || error.code !== 'webhook_endpoint_not_found') throw error;
  }
  forgetShown(ctx, call, shownTo(call), [endpointIdOf(call)]);
  return { redirect: `${PATH}?notice=removed` };
}

async function enable(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
  enabled: boolean,
): Promise<Redirect> {
  await changeEndpoint({ ctx, ...named(call), fields: { enabled } });
  return backTo(endpointIdOf(call), enabled ? 'enabled' : 'disabled');
}

async function rotate({ ctx }: DashboardRoutes, call: DashboardCall): Promise<Redirect> {
  const endpointId = endpointIdOf(call);
  const { url } = await getEndpointHealth({ ctx, ...named(call) });
  try {
    const operationId = operationIdOf(call.request);
    const { secret } = await rotateSecret({ ctx, ...named(call), operationId });
    const values = { host: hostOf(url), secret, endpointId };
    showOnce(ctx, call, shownTo(call), { kind: 'rotated', values });
  } catch (error) {
    // The same form, sent again after it has been shown for long enough.
    if (!(error instanceof AppError) || error.code !== 'already_exists') throw error;
  }
  return backTo(endpointId);
}

/** Asks before events are sent again: how many, and since when. */
async function askToReplay({ ctx }: DashboardRoutes, call: DashboardCall): Promise<DashboardPage> {
  const { t, request } = call;
  const words = t.dashboard.webhooks;
  const typed = (givenText(request.query.since) ?? '').trim().replace(' ', 'T').slice(0, 16);
  const since = isMinute(typed) ? timeIn(typed, zoneOf(call)) : null;
  if (!since || since > ctx.now()) {
    return endpointPage(ctx, call, {
      status: 400,
      since: givenText(request.query.since) ?? '',
      errors: { since: words.replayWrong },
    });
  }
  const { url } = await getEndpointHealth({ ctx, ...named(call) });
  const count = await countReplayed({ ctx, ...named(call), since });
  return question(call, {
    question: words.replayTitle(count, MAX_REPLAYED_COUNTED),
    note: words.replayNote(hostOf(url), typed.replace('T', ' ')),
    button: words.replayConfirm,
    action: `${pathOf(endpointIdOf(call))}/replay`,
    hidden: { since: since.toISOString() },
  });
}

function replay({ ctx }: DashboardRoutes, call: DashboardCall): Promise<Redirect> {
  return unlessDisabled(call, async () => {
    const since = new Date(field(call.request, 'since'));
    if (Number.isNaN(since.getTime())) throw new AppError('invalid_request');
    await askForReplay({ ctx, ...named(call), since });
    return backTo(endpointIdOf(call), 'replayed');
  });
}

/** Goes back to an endpoint that has been disabled meanwhile, and says so. */
export async function unlessDisabled(
  call: DashboardCall,
  work: () => Promise<Redirect>,
  back: (notice: 'off') => Redirect = (notice) => backTo(endpointIdOf(call), notice),
): Promise<Redirect> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'webhook_endpoint_disabled') return back('off');
    throw error;
  }
}
