import path from 'node:path';
import { type Request, type Response, Router } from 'express';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { baseUrl } from '../base-url';
import { type Area, describe, type Description, publishedAt } from './document';

const OWN = path.join(__dirname, 'static');
const SWAGGER = path.dirname(require.resolve('swagger-ui-dist/package.json'));

/** Everything that the page loads; all of it is served from here. */
const FILES: ReadonlyMap<string, string> = new Map([
  ['docs.js', OWN],
  ['swagger-ui.css', SWAGGER],
  ['swagger-ui-bundle.js', SWAGGER],
  ['favicon-32x32.png', SWAGGER],
]);

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // For the icons inside its style sheet.
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/**
 * `/openapi.json`, and `/docs`, which renders it. The document is built on first use; its server is
 * `PUBLIC_URL`, or the address that the request was sent to.
 */
export function openapiRouter(ctx: Context, areas: Area[]): Router {
  const router = Router();
  let built: Description | undefined;
  router.get('/openapi.json', (request, response) => {
    response.locals.route = request.path;
    built ??= describe(areas);
    // Anyone may read it, from pages of any site too: generators and explorers are web pages.
    response.set('Access-Control-Allow-Origin', '*');
    response.json(publishedAt(built, serverUrl(request, ctx.config.publicUrl)));
  });
  router.get('/docs', (_request, response) => {
    response.locals.route = '/docs';
    response.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    response.set('Referrer-Policy', 'no-referrer');
    sendFile(response, OWN, 'docs.html');
  });
  router.get('/docs/:file', (request: Request<{ file: string }>, response) => {
    response.locals.route = '/docs/:file';
    const { file } = request.params;
    const folder = FILES.get(file);
    if (folder === undefined) throw new AppError('not_found');
    response.set('Cache-Control', 'public, max-age=3600');
    sendFile(response, folder, file);
  });
  return router;
}

/** Clients that are made from the document call this; some look for `localhost` at ::1 only. */
function serverUrl(request: Request, publicUrl: string | null): string {
  const url = new URL(baseUrl(request, publicUrl));
  if (url.hostname === 'localhost' && publicUrl === null) url.hostname = '127.0.0.1';
  return url.href.replace(/\/+$/, '');
}

function sendFile(response: Response, root: string, file: string): void {
  response.sendFile(file, { root, cacheControl: false, dotfiles: 'allow' });
}
