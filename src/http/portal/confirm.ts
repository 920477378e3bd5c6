import { checkCode } from '../../core/portal/codes';
import { evenly } from '../../core/portal/evenly';
import { listConsents } from '../../core/portal/find-consents';
import { type PortalScope, revokeConsents } from '../../core/portal/revoke-consents';
import { clientIp } from '../client-ip';
import { field, fields, type Page, type PageCall, type Redirect } from '../pages/page-router';
import { type Channel, chosenChannels } from './channels';
import { toDone } from './done-link';
import { codePage } from './find';
import { type FormState, openState, sealState } from './form-state';
import { companyNamed, findPage, type Portal, sendsGpc } from './portal';

/** Answers whose timing could tell what there was, or what is remembered, take a multiple of this. */
const EVEN_ANSWER_MS = 1_000;
const MAX_CHOSEN = 200;

/** `POST /opt-out/code`: the whole list, for anybody with the code. */
export async function showList(portal: Portal, call: PageCall): Promise<Page> {
  const { ctx } = portal;
  const state = openState(ctx, field(call.request, 'token'));
  if (state?.shown !== 'code') return expired(call);
  const { requestId } = state;
  const verdict = await checkCode({ ctx, requestId, code: field(call.request, 'code') });
  if (verdict === 'right') return listPage(portal, call, { ...state, shown: 'list' });
  const company = await companyNamed(ctx, state.companyId);
  return codePage(portal, call, state, company, call.t.portal.code[verdict]);
}

/** What was wrong with the list as it was sent, and what was ticked in it. */
interface Refused {
  error?: string;
  channelError?: string;
  consentIds?: string[];
  channels?: Channel[] | undefined;
}

async function listPage(
  { ctx }: Portal,
  call: PageCall,
  state: FormState,
  { error, channelError, consentIds, channels }: Refused = {},
): Promise<Page> {
  const { consents, more } = await listConsents({ ctx, identifier: state.identifier });
  const onlyNamed = !sendsGpc(call.request) && consents.some(isNamed);
  function isNamed({ company_id }: { company_id: string }) {
    return company_id === state.companyId;
  }
  const items = consents.map((consent) => ({
    ...consent,
    checked: consentIds ? consentIds.includes(consent.id) : !onlyNamed || isNamed(consent),
  }));
  const data = { items, more, error, channelError, channels, token: sealState(ctx, state) };
  const title = call.t.portal.list.heading;
  return { status: error || channelError ? 400 : 200, template: 'portal/list', title, data };
}

/** `POST /opt-out/confirm`: revokes. Sending the same form twice revokes once. */
export async function confirm(portal: Portal, call: PageCall): Promise<Page | Redirect> {
  const { ctx } = portal;
  const { request } = call;
  const state = openState(ctx, field(request, 'token'));
  if (!state) return expired(call);
  const consentIds = fields(request, 'consent_id').slice(0, MAX_CHOSEN);
  const channels = chosenChannels(request);
  if (state.shown === 'list' && consentIds.length === 0) {
    return listPage(portal, call, state, { error: call.t.portal.list.chooseOne, channels });
  }
  if (channels?.length === 0) return chooseAgain(portal, call, state, consentIds);
  const scope = scopeOf(state, field(request, 'scope'), consentIds);
  const revoke = () =>
    revokeConsents({
      ctx,
      identifier: state.identifier,
      scope,
      channels,
      requestId: state.requestId,
      via: 'Consumer portal',
      ip: clientIp(request),
      gpc: sendsGpc(request),
    });
  const unseen = state.shown === 'blind' || state.shown === 'code';
  const unknown = state.shown === 'unknown';
  const result = await (unseen || unknown ? evenly(EVEN_ANSWER_MS, revoke) : revoke());
  const companyId = scope.kind === 'company' ? scope.companyId : null;
  return toDone(ctx, call, {
    result,
    counted: !unseen,
    remembered: unknown,
    companyId,
    channels: channels ?? null,
    identifier: state.identifier,
  });
}

/** No channel was chosen: the form again, with what was chosen besides. */
async function chooseAgain(
  portal: Portal,
  call: PageCall,
  state: FormState,
  consentIds: string[],
): Promise<Page> {
  const { legend: title, chooseOne: channelError } = call.t.portal.channels;
  if (state.shown === 'list') return listPage(portal, call, state, { channelError, consentIds });
  const { ctx } = portal;
  const company = await companyNamed(ctx, state.companyId);
  const scope = field(call.request, 'scope');
  const data = { company, token: sealState(ctx, state), choose: false, scope, channelError };
  return { status: 400, template: 'portal/choose', title, data };
}

function scopeOf(state: FormState, asked: string, consentIds: string[]): PortalScope {
  // Sorted, so that the same choice is the same request.
  if (state.shown === 'list') return { kind: 'chosen', consentIds: consentIds.toSorted() };
  const { companyId, shown } = state;
  if (companyId !== null && asked !== 'all') return { kind: 'company', companyId };
  return shown === 'masked' ? { kind: 'all' } : { kind: 'all', everywhere: true };
}

function expired(call: PageCall): Page {
  const { steps } = call.t.portal;
  const notice = { heading: steps.startAgain, paragraphs: [steps.expired] };
  return findPage(call, null, { status: 400, notice });
}
