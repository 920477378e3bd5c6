import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import type { PortalResult } from '../../core/portal/revoke-consents';
import { DAY_MS } from '../../lib/durations';
import { openToken, sealToken } from '../../lib/sealed-token';
import { baseUrl } from '../base-url';
import { languageOf } from '../pages/language';
import type { Page, PageCall, Redirect } from '../pages/page-router';
import { timesIn } from '../pages/times';
import { findPage, type Portal, samePages } from './portal';

/** Path of the last page, below the portal; the token of what was done follows. */
export const DONE_PATH = '/done/:token';

const PURPOSE = 'portal done';
/** How long the last page can be opened again. */
const LIFE_MS = 30 * DAY_MS;

const schema = z.object({
  reference: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
  /** How many consents were revoked; null for people who were shown nothing. */
  count: z.number().nullable(),
});
type Done = z.output<typeof schema>;

/**
 * Leads to the last page, which survives a reload and names nobody.
 * @param done.counted whether the person may know how many there were
 */
export function toDone(
  ctx: Context,
  { link }: PageCall,
  { result, counted }: { result: PortalResult; counted: boolean },
): Redirect {
  const { reference, requestedAt, revoked } = result;
  const value: Done = { reference, at: requestedAt.getTime(), count: counted ? revoked : null };
  const until = new Date(ctx.now().getTime() + LIFE_MS);
  const token = sealToken(ctx.config.identifierKeys, PURPOSE, value, until);
  return { redirect: link(`/opt-out/done/${token}`) };
}

/** `GET /opt-out/done/:token`: what was done, to be saved or printed. */
export function showDone({ ctx }: Portal, call: PageCall): Page {
  const { done: words } = call.t.portal;
  const done = openDone(ctx, call.request);
  if (!done) {
    const notice = { heading: words.goneHeading, paragraphs: [words.goneText] };
    return findPage(call, null, { status: 404, notice });
  }
  const file = call.link(`/opt-out/done/${String(call.request.params.token)}/file`);
  return donePage(call, done, file);
}

/** As `showDone`, for a mail provider: answered at once, as it follows no redirect (RFC 8058). */
export function doneAtOnce(call: PageCall, result: PortalResult, counted: boolean): Page {
  const { reference, requestedAt, revoked } = result;
  return donePage(
    call,
    { reference, at: requestedAt.getTime(), count: counted ? revoked : null },
    null,
  );
}

function donePage(call: PageCall, { reference, at, count }: Done, file: string | null): Page {
  const { heading, count: counted, nothingNew } = call.t.portal.done;
  const summary = count === null ? null : count > 0 ? counted(count) : nothingNew;
  // Without an address of its own there is nothing to open in another language.
  const languages = file === null ? [] : samePages(call);
  const data = { reference, at: new Date(at), summary, file, languages };
  return { template: 'portal/done', title: heading, data };
}

/** `GET /opt-out/done/:token/file`: the same as a text to keep. */
export function sendConfirmation({ ctx }: Portal, request: Request, response: Response): void {
  response.locals.route = '/opt-out/done/:token/file';
  const done = openDone(ctx, request);
  if (!done) {
    response.redirect(303, '/opt-out');
    return;
  }
  const { tag, t } = languageOf(request, 'portal');
  const { file, heading, reference, time, nextText, stillCalled } = t.portal.done;
  const at = new Date(done.at);
  const lines = [
    heading,
    '',
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

function openDone(ctx: Context, { params }: Request): Done | null {
  const token = typeof params.token === 'string' ? params.token : '';
  const opened = schema.safeParse(openToken(ctx.config.identifierKeys, PURPOSE, token, ctx.now()));
  return opened.success ? opened.data : null;
}
