import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import { REPEATED_WITHIN_MS } from '../../core/idempotency/made-by-form';
import { newId } from '../../lib/random-ids';
import { openToken, sealToken } from '../../lib/sealed-token';
import { cookieName, cookieOptions, readCookie } from './cookies';
import { field } from './page-router';

const COOKIE = 'rescind_shown';
const LIFE_MS = REPEATED_WITHIN_MS;
/** Browsers keep 4,096 bytes of a cookie with its name and attributes. */
const MAX_CHARACTERS = 3_500;
const FORM = /^[\w-]{1,4000}$/;
/** What `newOperationId` makes; anything else could be the id of another operation. */
const OPERATION_ID = /^op_[\w-]{22}$/;

/** What somebody made and is shown once, such as a token. */
const itemSchema = z.object({
  kind: z.string(),
  /** What to show, by the names that the page's template knows. */
  values: z.record(z.string(), z.string()),
});
export type ShownOnceItem = z.output<typeof itemSchema>;

const schema = z.object({ owner: z.string(), items: z.array(itemSchema) });

/** A page that shows what its forms have made. */
export interface ShownOncePage {
  /** As browsers send it; the cookie goes to it and below it only. */
  path: string;
  /** Whom it is shown to: nobody else who uses this browser. */
  owner: string;
}

interface Call {
  request: Request;
  response: Response;
}

/**
 * Has the page that a form redirects to show something, for 10 minutes or until it is put away. It
 * travels in a cookie, sealed, so that the page can be reloaded and nothing secret is stored here.
 * What was made before and is not put away yet stays, as far as it fits.
 */
export function showOnce(
  ctx: Context,
  { request, response }: Call,
  page: ShownOncePage,
  item: ShownOnceItem,
): void {
  const { config } = ctx;
  const until = new Date(ctx.now().getTime() + LIFE_MS);
  const before = shownOnce(ctx, request, page).filter((one) => !isSame(one, item));
  const seal = (items: ShownOnceItem[]) =>
    sealToken(config.identifierKeys, purposeOf(page), { owner: page.owner, items }, until);
  let items = [item, ...before];
  while (items.length > 1 && seal(items).length > MAX_CHARACTERS) items = items.slice(0, -1);
  const options = { ...cookieOptions(response, config, page.path), maxAge: LIFE_MS };
  response.cookie(cookieName(COOKIE, config), seal(items), options);
}

/** What a page has to show, newest first. */
export function shownOnce(ctx: Context, request: Request, page: ShownOncePage): ShownOnceItem[] {
  const { config } = ctx;
  const sealed = readCookie(request, cookieName(COOKIE, config), FORM);
  if (sealed === undefined) return [];
  const opened = openToken(config.identifierKeys, purposeOf(page), sealed, ctx.now());
  const read = schema.safeParse(opened);
  return read.success && read.data.owner === page.owner ? read.data.items : [];
}

/** Puts away what a page shows: it has been copied. */
export function putAway(ctx: Context, { response }: Pick<Call, 'response'>, path: string): void {
  const { config } = ctx;
  response.clearCookie(cookieName(COOKIE, config), cookieOptions(response, config, path));
}

/** Puts away what a page shows about things that are gone by now, by the values that name them. */
export function forgetShown(
  ctx: Context,
  { request, response }: Call,
  page: ShownOncePage,
  named: readonly string[],
): void {
  const { config } = ctx;
  const before = shownOnce(ctx, request, page);
  const left = before.filter(
    ({ values }) => !Object.values(values).some((value) => named.includes(value)),
  );
  if (left.length === before.length) return;
  if (left.length === 0) {
    putAway(ctx, { response }, page.path);
    return;
  }
  const until = new Date(ctx.now().getTime() + LIFE_MS);
  const sealed = sealToken(
    config.identifierKeys,
    purposeOf(page),
    { owner: page.owner, items: left },
    until,
  );
  const options = { ...cookieOptions(response, config, page.path), maxAge: LIFE_MS };
  response.cookie(cookieName(COOKIE, config), sealed, options);
}

/** A name for a form, as its hidden field `operation_id`: sent twice, it is one operation. */
export function newOperationId(): string {
  return newId('op');
}

/** The name of the form that was sent, if it has one of ours. */
export function operationIdOf(request: Request): string | undefined {
  const sent = field(request, 'operation_id');
  return OPERATION_ID.test(sent) ? sent : undefined;
}

function purposeOf({ path }: ShownOncePage): string {
  return `shown once at ${path}`;
}

/** A form that was sent twice shows what it made once. */
function isSame(one: ShownOnceItem, other: ShownOnceItem): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
