import type { Request, Response } from 'express';
import type { Context } from '../../context';
import type { CompanyName } from '../../core/companies/find-company-name';
import { isRead } from '../../core/messages/sender';
import type { PortalResult } from '../../core/portal/revoke-consents';
import { baseUrl } from '../base-url';
import { languageOf } from '../pages/language';
import type { Page, PageCall } from '../pages/page-router';
import { timesIn } from '../pages/times';
import { listed } from './channels';
import { type Done, openDone } from './done-link';
import { companyNamed, findPage, type Portal, samePages } from './portal';

/** Path of the last page, below the portal; the token of what was done follows. */
export const DONE_PATH = '/done/:token';

/** `GET /opt-out/done/:token`: what was done, to be saved or printed. */
export async function showDone({ ctx }: Portal, call: PageCall): Promise<Page> {
  const done = openDone(ctx, call.request);
  if (!done) return gonePage(call);
  return donePage(call, done, await companyNamed(ctx, done.companyId), filesOf(ctx, call, done));
}

/** What became of a receipt that was to be mailed. */
const MAILED = ['sent', 'pending', 'limit'] as const;
export type Mailed = (typeof MAILED)[number];

/** What can be saved. */
interface Files {
  text: string;
  receipt?: { pdf: string; json: string; mail: string | null; mailed: Mailed | null };
}

function filesOf(ctx: Context, { request, link }: PageCall, { key, email }: Done): Files {
  const path = `/opt-out/done/${String(request.params.token)}`;
  const { mailed } = request.query;
  const canMail = email !== null && isRead(ctx.config, 'email');
  return {
    text: link(`${path}/file`),
    ...(key && {
      receipt: {
        pdf: link(`${path}/receipt.pdf`),
        json: link(`${path}/receipt.json`),
        mail: canMail ? link(`${path}/mail`) : null,
        mailed: MAILED.find((one) => one === mailed) ?? null,
      },
    }),
  };
}

/** The link is none of ours, or too old. */
export function gonePage(call: PageCall): Page {
  const { done: words } = call.t.portal;
  const notice = { heading: words.goneHeading, paragraphs: [words.goneText] };
  return findPage(call, null, { status: 404, notice });
}

/** As `showDone`, for a mail provider: answered at once, as it follows no redirect (RFC 8058). */
export function doneAtOnce(
  call: PageCall,
  { result, counted, company }: { result: PortalResult; counted: boolean; company: CompanyName },
): Page {
  const { reference, requestedAt, revoked } = result;
  const count = counted ? revoked : null;
  const at = requestedAt.getTime();
  const done = { reference, at, count, remembered: false, channels: null };
  return donePage(call, done, company, null);
}

function donePage(
  call: PageCall,
  done: Omit<Done, 'companyId' | 'key' | 'email'>,
  company: CompanyName | null,
  files: Files | null,
): Page {
  const words = wordsOf(call, done);
  const data = {
    reference: done.reference,
    at: new Date(done.at),
    heading: words.heading,
    nextText: words.nextText,
    summary: words.summary,
    company,
    files,
    // Without an address of its own there is nothing to open in another language.
    languages: files === null ? [] : samePages(call),
  };
  return { template: 'portal/done', title: words.heading, data };
}

/** What was done, in words that are true of some channels, or of everything. */
function wordsOf(
  { tag, t }: Pick<PageCall, 'tag' | 't'>,
  { count, remembered, channels }: Pick<Done, 'count' | 'remembered' | 'channels'>,
) {
  const { done } = t.portal;
  const words = channels === null ? done : done.some;
  const nothing = remembered ? words.remembered : words.nothingNew;
  const changed = count !== null && count > 0 ? words.count(count) : nothing;
  return {
    heading: channels === null ? done.heading : done.some.heading(listed(tag, t, channels)),
    summary: count === null ? null : changed,
    nextText: words.nextText,
  };
}

/** `GET /opt-out/done/:token/file`: the same as a text to keep. */
export async function sendConfirmation(
  { ctx }: Portal,
  request: Request,
  response: Response,
): Promise<void> {
  response.locals.route = '/opt-out/done/:token/file';
  const done = openDone(ctx, request);
  if (!done) {
    response.redirect(303, '/opt-out');
    return;
  }
  const { tag, t } = languageOf(request, 'portal');
  const { file, reference, company, time, stillCalled } = t.portal.done;
  const { heading, summary, nextText } = wordsOf({ tag, t }, done);
  const named = await companyNamed(ctx, done.companyId);
  const at = new Date(done.at);
  const lines = [
    heading,
    ...(summary === null ? [] : [summary]),
    '',
    ...(named ? [`${company}: ${named.name}`] : []),
    `${reference}: ${done.reference}`,
    `${time}: ${timesIn(tag, 'UTC', at).time(at)}`,
    '',
    nextText,
    stillCalled,
    '',
    file.from(baseUrl(request, ctx.config.publicUrl)),
    '',
  ];
  response.set('Content-Disposition', `attachment; filename="${file.name}"`);
  response.type('text/plain; charset=utf-8').send(lines.join('\r\n'));
}
