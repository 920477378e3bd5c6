import { type Request, Router } from 'express';
import type { Context } from '../../context';
import { baseUrl } from '../base-url';
import { type Area, describe, type Description, publishedAt } from './document';

/**
 * `/openapi.json`. The document is built on first use; its server is `PUBLIC_URL`, or the address that
 * the request was sent to.
 */
export function openapiRouter(ctx: Context, areas: Area[]): Router {
  const router = Router();
  let built: Description | undefined;
  router.get('/openapi.json', (request, response) => {
    response.locals.route = request.path;
    built ??= describe(areas);
    // Anyone may read it, from pages of any site too: generators and explorers are web pages.
    response.set('Access-Control-Allow-Origin', '*');
    const { publicUrl, supportUrl } = ctx.config;
    response.json(publishedAt(built, serverUrl(request, publicUrl), supportUrl));
  });
  return router;
}

/** Clients that are made from the document call this; some look for `localhost` at ::1 only. */
function serverUrl(request: Request, publicUrl: string | null): string {
  const url = new URL(baseUrl(request, publicUrl));
  if (url.hostname === 'localhost' && publicUrl === null) url.hostname = '127.0.0.1';
  return url.href.replace(/\/+$/, '');
}
