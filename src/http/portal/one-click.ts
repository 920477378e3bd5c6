import type { Request, RequestHandler } from 'express';
import multer from 'multer';
import { invalid } from '../../errors';
import type { Context } from '../../context';
import { findConsents } from '../../core/portal/find-consents';
import { type LinkTarget, openLink, revokeByLink } from '../../core/portal/one-click';
import type { CompanyName } from '../../core/companies/find-company-name';
import { clientIp } from '../client-ip';
import { formBody, type Page, type PageCall, type Redirect } from '../pages/page-router';
import { doneAtOnce } from './done';
import { toDone } from './done-link';
import { companyNamed, findPage, type Portal, samePages, sendsGpc } from './portal';

/** `GET /opt-out/one-click/:token`: asks. Changes nothing, as mail scanners open links. */
export async function showOneClick(portal: Portal, call: PageCall): Promise<Page> {
  await portal.limits.countOpening(call.request);
  const found = await target(portal, call);
  if (!found) return brokenLink(call);
  const { company, link } = found;
  await portal.countEntrance(company.company_id, 'link_opens');
  if (!(await isOpen(portal.ctx, link))) return nothingLeft(call, company);
  const title = call.t.portal.oneClick.heading(company.name);
  return {
    template: 'portal/one-click',
    title,
    data: { title, path: call.request.originalUrl, languages: samePages(call) },
  };
}

/**
 * `POST` to the same path (RFC 8058): revokes. Mail providers send it for many people, without
 * cookies: there is no limit per IP but for wrong tokens, and the token is the credential.
 */
export async function oneClick(portal: Portal, call: PageCall): Promise<Page | Redirect> {
  const { ctx } = portal;
  const found = await target(portal, call);
  if (!found) return brokenLink(call);
  const { company, link } = found;
  if (!isOneClick(call.request)) throw invalid('List-Unsubscribe', 'must be One-Click');
  const { request } = call;
  await portal.limits.countOneClick(link);
  await portal.countEntrance(link.companyId, 'one_click');
  const gpc = sendsGpc(request);
  const result = await revokeByLink({ ctx, target: link, ip: clientIp(request), gpc });
  const isBrowser = request.get('origin') !== undefined;
  const counted = ctx.config.portalMode === 'masked';
  return isBrowser
    ? toDone(ctx, call, { result, counted, ...link, channels: null })
    : doneAtOnce(call, { result, counted, company });
}

/** Whether the link leads to anything that is in force; always so where the portal shows nothing. */
async function isOpen(ctx: Context, { identifier, companyId }: LinkTarget): Promise<boolean> {
  if (ctx.config.portalMode !== 'masked') return true;
  const { named } = await findConsents({ ctx, identifier, companyId });
  return named.length > 0;
}

function nothingLeft(call: PageCall, { company_id, name }: CompanyName): Page {
  const { already, oneClick: words } = call.t.portal;
  const { usedHeading: title, usedText, usedNext: next } = words;
  const paragraphs = [usedText(name), already.since, already.stillCalled];
  const path = `/opt-out?company=${encodeURIComponent(company_id)}`;
  return {
    template: 'portal/nothing-left',
    title,
    data: { title, paragraphs, next, path, languages: samePages(call) },
  };
}

/** Leads on to the first page. */
function brokenLink(call: PageCall): Page {
  const { brokenHeading, brokenText } = call.t.portal.oneClick;
  const notice = { heading: brokenHeading, paragraphs: [brokenText] };
  return findPage(call, null, { status: 404, notice });
}

/** Mail providers end the body with a line break, or send the field twice. */
function isOneClick({ body }: Request): boolean {
  const given = Object.entries((body ?? {}) as Record<string, unknown>)
    .filter(([name]) => name.trim() === 'List-Unsubscribe')
    .flatMap(([, value]) => value);
  return given.length > 0 && given.every((one) => String(one).trim() === 'One-Click');
}

async function target(
  { ctx, limits }: Portal,
  { request }: PageCall,
): Promise<{ link: LinkTarget; company: CompanyName } | null> {
  const { token } = request.params;
  const link = openLink({ ctx, token: typeof token === 'string' ? token : '' });
  const company = link && (await companyNamed(ctx, link.companyId));
  if (company) return { link, company };
  await limits.countWrongLink(request);
  return null;
}

const multipart = multer({
  limits: { fields: 10, files: 0, parts: 10, fieldNameSize: 100, fieldSize: 1_000 },
}).none();

/** RFC 8058 allows either kind of form. */
export const oneClickBody: RequestHandler = (request, response, next) => {
  if (!request.is('multipart/form-data')) {
    formBody(request, response, next);
    return;
  }
  multipart(request, response, (error?: unknown) => {
    next(error === undefined ? undefined : invalid('body', 'is not a form'));
  });
};
