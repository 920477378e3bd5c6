import { composeMail } from '../../core/messages/compose-mail';
import { isRead } from '../../core/messages/sender';
import { requestCode } from '../../core/portal/codes';
import { findConsents } from '../../core/portal/find-consents';
import { isBlank } from '../../core/identifiers';
import { visibleText } from '../../core/identifiers/visible-text';
import { type PersonIdentifier, readIdentifier } from '../../core/portal/identifier';
import type { CompanyName } from '../../core/companies/find-company-name';
import type { Context } from '../../context';
import { field, type Page, type PageCall } from '../pages/page-router';
import { type FormState, newState, sealState } from './form-state';
import { companyNamed, findPage, type Portal, sendsGpc } from './portal';

const SHOWN_CHARACTERS = 60;

/** `GET /opt-out`: the form. */
export async function showFind(
  { ctx, limits, countEntrance }: Portal,
  call: PageCall,
): Promise<Page> {
  const { company, company_id } = call.request.query;
  const id = company ?? company_id;
  const named = await companyNamed(ctx, typeof id === 'string' ? id : null);
  if (named) {
    await limits.countOpening(call.request);
    await countEntrance(named.company_id, 'link_opens');
  }
  return findPage(call, named);
}

/** `POST /opt-out/find`: looks the person up, as far as the mode allows, and shows the next step. */
export async function find(portal: Portal, call: PageCall): Promise<Page> {
  const { ctx } = portal;
  const { fieldErrors } = call.t.portal;
  const typed = field(call.request, 'identifier');
  const company = await companyNamed(ctx, field(call.request, 'company'));
  // Here and at no later step: whoever has begun may finish.
  if (company) await portal.countEntrance(company.company_id, 'portal');
  const identifier = readIdentifier(typed);
  if (typeof identifier === 'string') {
    const error = isBlank(typed) ? fieldErrors.empty : fieldErrors[identifier](shown(typed));
    return findPage(call, company, { status: 400, typed, error });
  }
  // A person looked up too often is shown no more, and can still be revoked.
  const mode = (await portal.limits.mayLookUp(identifier)) ? ctx.config.portalMode : 'blind';
  if (mode === 'masked') return showFound(portal, call, { typed, identifier, company });
  if (mode === 'code') return sendCode(portal, call, { identifier, company });
  return revokeUnseen(
    portal,
    call,
    newState(identifier, company?.company_id ?? null, 'blind'),
    company,
  );
}

/** As much of what was typed as fits into a sentence. */
function shown(typed: string): string {
  const text = visibleText(typed);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

interface Asked {
  identifier: PersonIdentifier;
  company: CompanyName | null;
}

async function showFound(
  { ctx }: Portal,
  call: PageCall,
  { typed, identifier, company }: Asked & { typed: string },
): Promise<Page> {
  const companyId = company?.company_id ?? null;
  const found = await findConsents({ ctx, identifier, companyId });
  const { already, found: words } = call.t.portal;
  if (found.active + found.revoked === 0) {
    return showUnknown(ctx, call, { typed, identifier, company });
  }
  if (found.active === 0) {
    const { heading, text, since, stillCalled, again } = already;
    const notice = { heading, paragraphs: [text(found.revoked), since, stillCalled, again] };
    return findPage(call, company, { typed, notice });
  }
  const title = words.heading(found.active, found.more);
  const token = sealState(ctx, newState(identifier, companyId, 'masked'));
  const choose = found.named.length > 0 && found.others.length > 0;
  const data = { title, found, company, token, choose, gpc: sendsGpc(call.request) };
  return { template: 'portal/found', title, data };
}

/** Offers to remember what a person wants of whom nothing is known; not what is remembered by now. */
function showUnknown(
  ctx: Context,
  call: PageCall,
  { typed, identifier, company }: Asked & { typed: string },
): Page {
  const { heading, cutOff, text } = call.t.portal.notFound;
  const paragraphs = isCutOff(identifier) ? [cutOff, text] : [text];
  const state = newState(identifier, company?.company_id ?? null, 'unknown');
  const remember = namesPerson(identifier) ? sealState(ctx, state) : undefined;
  return findPage(call, company, { typed, notice: { heading, paragraphs }, remember });
}

/** By an id nobody is remembered. */
function namesPerson({ kind }: PersonIdentifier): boolean {
  return kind !== 'certificate_id';
}

/** An email whose domain has no dot: it may exist in a network of its own, and is looked up all the same. */
function isCutOff({ kind, value }: PersonIdentifier): boolean {
  return kind === 'email' && !value.slice(value.lastIndexOf('@')).includes('.');
}

async function sendCode(
  portal: Portal,
  call: PageCall,
  { identifier, company }: Asked,
): Promise<Page> {
  const { ctx, limits } = portal;
  const companyId = company?.company_id ?? null;
  if (!isRead(ctx.config, identifier.kind) || !(await limits.mayGetCode(identifier))) {
    return revokeUnseen(portal, call, newState(identifier, companyId, 'blind'), company);
  }
  const state = newState(identifier, companyId, 'code');
  const { code: words } = call.t.portal;
  await requestCode({
    ctx,
    identifier,
    requestId: state.requestId,
    write: (code) =>
      composeMail({
        lang: call.tag,
        subject: words.mail.subject(code),
        heading: words.mail.heading(code),
        pieces: words.mail.paragraphs,
      }),
  });
  return codePage(portal, call, state, company);
}

/** The step that asks for the code; it can be passed without one. */
export function codePage(
  { ctx }: Portal,
  call: PageCall,
  state: FormState,
  company: CompanyName | null,
  error: string | null = null,
): Page {
  const { code: words } = call.t.portal;
  const sent = state.identifier.kind === 'mobile' ? words.mobile : words.email;
  const gpc = sendsGpc(call.request);
  const shown = { company, token: sealState(ctx, state), choose: !!company, gpc };
  const data = { ...shown, sent, error, remembers: namesPerson(state.identifier) };
  return { status: error ? 400 : 200, template: 'portal/code', title: words.heading, data };
}

/** The same page for everybody, known or not, made without a look-up. */
function revokeUnseen(
  { ctx }: Portal,
  call: PageCall,
  state: FormState,
  company: CompanyName | null,
): Page {
  const { heading } = call.t.portal.blind;
  const gpc = sendsGpc(call.request);
  const shown = { company, token: sealState(ctx, state), choose: !!company, gpc };
  const data = { ...shown, remembers: namesPerson(state.identifier) };
  return { template: 'portal/blind', title: heading, data };
}
