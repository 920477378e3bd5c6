import path from 'node:path';
import { Eta } from 'eta';
import type { Response } from 'express';
import type { Context } from '../../context';
import { isRead } from '../../core/messages/sender';
import type { Logger } from '../../telemetry/logger';
import { type Assets, loadAssets } from './assets';
import { icon } from './icons';
import { type Language, linkIn } from './language';
import type { Page } from './page-router';
import { browserTimeZone, timesIn } from './times';

/** Everything from our own server, nothing inline, never in a frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const CUT = { whole: 20, head: 12, tail: 4 } as const;

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Frame-Options': 'DENY',
  // Not `no-referrer`, under which browsers hide the Origin of our own forms, too.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
} as const;

/** What all pages of a process share. */
export interface Pages {
  /** Serves what pages load; mount it once. */
  assets: Assets;
  headers: typeof HEADERS;
  publicUrl: string | null;
  log: Logger;
  /** Renders a page in a language and sends it. */
  send: (response: Response, language: Language, page: Page) => void;
}

/** Sets up templates and assets; each template is compiled once, when first used. */
export function createPages(ctx: Context): Pages {
  const assets = loadAssets();
  const eta = new Eta({ views: path.join(__dirname, '..'), cache: true, autoEscape: true });
  return {
    assets,
    headers: HEADERS,
    publicUrl: ctx.config.publicUrl,
    log: ctx.log,
    send: (response, language, page) => {
      const { tag } = language;
      const html = eta.render(page.template, {
        ...page.data,
        page,
        t: language.t,
        lang: tag,
        link: linkIn(language),
        asset: assets.url,
        canMail: isRead(ctx.config, 'email'),
        help: { support: ctx.config.supportUrl, privacy: ctx.config.privacyUrl },
        inForms: (part: string) => withFormToken(part, page),
        inPlace,
        icon,
        cut,
        digits: (n: number) => n.toLocaleString(tag),
        ...timesIn(tag, page.timeZone ?? browserTimeZone(response.req), ctx.now()),
      });
      response.vary('Accept-Language');
      const unavailable = page.status === 503 && !response.hasHeader('Retry-After');
      response.set({
        'Content-Language': tag,
        ...(unavailable && { 'Retry-After': '1' }),
        ...page.headers,
      });
      response
        .status(page.status ?? 200)
        .type('html')
        .send(html);
    },
  };
}

/** A form that is sent by POST: its tag, and what is in it. */
const FORM = /(<form method="post"[^>]*>)(.*?)<\/form>/gs;
const BUTTON = /<button\b.*?<\/button>/gs;
const FIELD = /<(input|select|textarea)\b/g;

/**
 * Puts the token of the session into each form that is sent by POST, so that none lacks it; for those
 * who may only look, shuts it and takes its buttons away.
 */
function withFormToken(html: string, { formToken, readOnly = false }: Page): string {
  if (formToken === undefined && !readOnly) return html;
  const field = `<input type="hidden" name="form_token" value="${formToken ?? ''}">`;
  return html.replace(FORM, (_form, tag: string, inner: string) =>
    readOnly && !tag.includes(' data-own')
      ? `${tag}${inner.replace(BUTTON, '').replace(FIELD, '<$1 disabled')}</form>`
      : `${tag}${field}${inner}</form>`,
  );
}

/** An id, cut in the middle: `EC-demo-0001…kQ7x`. */
function cut(id: string): string {
  return id.length > CUT.whole ? `${id.slice(0, CUT.head)}…${id.slice(-CUT.tail)}` : id;
}

/** Attributes that have htmx send a form and replace our `main` with that of the answer. */
function inPlace(action: string): string {
  const url = action.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `hx-post="${url}" hx-target="#main" hx-select="#main" hx-swap="outerHTML" hx-sync="this:drop" hx-disable="find button"`;
}
