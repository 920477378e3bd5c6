/**
 * The foundation of the pages for people. An area of pages is one `pageRouter(pages, prefix, …)`:
 * its routes return what to show, and everything else is done here: language, headers, the strict
 * policy, forms only from our own pages, errors as pages.
 *
 * - Templates are `.eta` files beside the code, named by their path below `src/http`
 *   (`portal/find`); they begin with `<% layout('/pages/layout') %>` and read `it.t` (texts),
 *   `it.link(path)` (keeps `?lang=`), `it.asset(name)` and what the page gives as `data`.
 * - Forms work without script; `<%~ it.inPlace(action) %>` inside a form's tag lets htmx swap `#main`
 *   from the same answer. `autofocus` on a heading (with `tabindex="-1"`) or a field moves the focus.
 * - No inline script or style, no `hx-on`, no `hx-vals="js:…"`, no trigger filters: the policy
 *   refuses them. Scripts and styles are added to `assets.ts`, texts to each file in `texts`.
 *
 * What pages are made of (`static/css/`): `.head` (title, `.push` its actions), `.tabs`, `.card`
 * (`header`, `.body`), `.stats` of `.stat`, `.two`, `.halves`, `.facts`, `.badge`, `.notice`, `.empty`, `.steps`,
 * `.timeline`, `.filters` (`details` in it fold on a phone), `.form`, `.selbar`, `.services`, `.doors`, `pre.broken` (one long line). Buttons: `.main` the one to press, `.danger` what cannot
 * be undone, `.small`, `.quiet`; `.btn` makes a link one.
 * - A table stands in `<div class="card table">` and has the class `rows`. Cells: `first` (what it is,
 *   a `th`), `state`, `num`, `flex` (takes what is left, and is cut), `hide-l`, `hide-m`, `hide-s`. On a phone
 *   `first` and `state` are the first line of a row, what is not `hide-s` the second.
 * - `<%~ it.icon('circle-check') %>` is an icon of lucide. `<%~ it.when(at) %>` and `<%~ it.on(at) %>`
 *   write times short, in the person's zone, in full on hover; `it.time(at)` in full. `it.digits(n)`
 *   groups digits. `include('/pages/id', { ...it, id, href })` cuts an id and copies it.
 * - `include('/pages/input', { field: {…} })` is a labelled field with its hint and error.
 * - `<div class="chart" data-chart="<%= JSON.stringify({ days, unit, series }) %>">` is drawn by
 *   `static/chart.js` on pages with `chart: true`; put the same numbers into a table in `<details>`.
 *   With `times` and `data-zone` it is drawn by the hour.
 */
import { type Request, type RequestHandler, type Response, Router, urlencoded } from 'express';
import { AppError } from '../../errors';
import { type Answer, sendAnswer } from '../answer';
import { refuseOtherMethods } from '../other-methods';
import { requireSameOrigin } from '../same-origin';
import { type Language, languageOf, linkIn } from './language';
import { pageErrors } from './page-errors';
import type { Pages } from './pages';
import type { Area } from './texts';

const FORM_LIMIT_BYTES = 100 * 1024;
const FORM_MAX_FIELDS = 1_000;

/** Where each area is mounted. */
const AREAS = {
  '/opt-out': 'portal',
  '/dashboard': 'dashboard',
  '/operator/login': 'operator',
  '/operator/pages': 'operator',
  '/docs': 'docs',
} as const satisfies Record<string, Area>;

/** What to show. */
export interface Page {
  status?: number;
  /** Path below `src/http`, without `.eta`. */
  template: string;
  /** Of the document, before the product's name. */
  title: string;
  data?: Record<string, unknown>;
  /** Without a shell: as wide as a table needs, rather than text. */
  wide?: boolean;
  /** Has charts. */
  chart?: boolean;
  /** Shows the reference of the API. */
  reference?: boolean;
  /** The navigation around the page; without one, the page is a single column. */
  shell?: Shell;
  /** Put into every form of the page. */
  formToken?: string | undefined;
  /** Forms can be read but not sent, but for those with `data-own`. */
  readOnly?: boolean;
  /** In which times are written; else the zone that the browser noted, else UTC. */
  timeZone?: string | undefined;
  headers?: Record<string, string>;
}

/** The side bar, on a phone the bottom bar. */
export interface Shell {
  label: string;
  /** Where the product's name leads. */
  home: string;
  /** One may be the page itself. */
  items: { href: string; text: string; icon: string; current: boolean }[];
  /** A field above the page that finds anything; it is sent by POST, as `q`. */
  search?: { action: string; label: string; placeholder: string; button: string };
  /** Who is signed in, and the form that signs out. */
  me?: {
    name: string;
    about: string;
    signOut: { action: string; formToken: string; text: string };
  };
}

/** Where to go instead, by GET: a path of ours, never one that was sent to us. */
export interface Redirect {
  redirect: string;
}

/** A request for a page. */
export interface PageCall extends Language {
  request: Request;
  response: Response;
  /** Makes a link to a path of ours, with `?lang=` if the visitor chose a language. */
  link: (path: string) => string;
}

/** A file, where a page is shown only while there is none. */
export interface File {
  file: Answer;
}

type Method = 'get' | 'post';
type Result = Page | Redirect | File;
type Handler = (call: PageCall) => Promise<Result> | Result;

export interface PostOptions {
  /** Runs before the body is read, for example a rate limit. */
  before?: RequestHandler[];
  /**
   * Who may send it: our own pages (default); also programs, which send no origin, where no cookie
   * gives a request any power; or anybody, where the path itself is the credential.
   */
  from?: 'pages' | 'pages-or-programs' | 'anywhere';
  /** Reads the body, instead of `formBody`. */
  body?: RequestHandler;
}

/** Routes of an area; paths come after its prefix. */
export interface PageRoutes {
  get: (path: string, handle: Handler) => void;
  /** A form of ours. */
  post: (path: string, handle: Handler, options?: PostOptions) => void;
  /** For anything but pages: answers as it likes, with the headers of the area. */
  router: Router;
  /** Says that another router takes a method on this path, for the 405 of others. */
  elsewhere: (path: string, method: Method) => void;
}

/** Makes the router of an area of pages; anything else below `prefix` is a 404 page. */
export function pageRouter(
  pages: Pages,
  prefix: keyof typeof AREAS,
  mountRoutes: (routes: PageRoutes) => void,
): Router {
  const area = Router();
  const texts = AREAS[prefix];
  area.use((_request, response, next) => {
    response.locals.route = `${prefix}/*`;
    response.set(pages.headers);
    next();
  });
  const answer =
    (path: string, handle: Handler): RequestHandler =>
    async (request, response) => {
      response.locals.route = prefix + (path === '/' ? '' : path);
      const language = languageOf(request, texts);
      const result = await handle({ ...language, request, response, link: linkIn(language) });
      if ('redirect' in result) response.redirect(303, result.redirect);
      else if ('file' in result) await sendAnswer(response, result.file);
      else pages.send(response, language, result);
    };
  const guard =
    (from: PostOptions['from']): RequestHandler =>
    (request, _response, next) => {
      const noBrowser = !request.get('origin') && !request.get('sec-fetch-site');
      const free = from === 'anywhere' || (from === 'pages-or-programs' && noBrowser);
      if (!free) requireSameOrigin(request, pages.publicUrl);
      next();
    };
  const served: { path: string; method: Method }[] = [];
  mountRoutes({
    get: (path, handle) => {
      served.push({ path, method: 'get' });
      area.get(path, answer(path, handle));
    },
    post: (path, handle, { before = [], from = 'pages', body = formBody } = {}) => {
      served.push({ path, method: 'post' });
      area.post(path, guard(from), ...before, body, answer(path, handle));
    },
    router: area,
    elsewhere: (path, method) => served.push({ path, method }),
  });
  area.use(refuseOtherMethods(served, ['']));
  area.use(() => {
    throw new AppError('not_found');
  });
  area.use(pageErrors(pages, texts));
  return Router().use(prefix, area);
}

/** Reads the body of a form, and ignores any other body. */
export const formBody: RequestHandler = urlencoded({
  extended: false,
  limit: FORM_LIMIT_BYTES,
  parameterLimit: FORM_MAX_FIELDS,
});

/** What was typed into a field; empty when there is none, or more than one. */
export function field(request: Request, name: string): string {
  const value = (request.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}

/** The values of all fields of one name, for example of ticked checkboxes. */
export function fields(request: Request, name: string): string[] {
  const value = (request.body as Record<string, unknown> | undefined)?.[name];
  return [value].flat().filter((one) => typeof one === 'string');
}
