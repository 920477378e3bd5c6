import { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import type { CountEntrance } from '../../core/limits/count-entrance';
import type { Gate } from '../authenticate-request';
import { declare } from '../operation';
import { pageRouter } from '../pages/page-router';
import type { Pages } from '../pages/pages';
import { confirm, showList } from './confirm';
import { DONE_PATH, sendConfirmation, showDone } from './done';
import { find, showFind } from './find';
import { portalLimits } from './limits';
import { mountLinks } from './links';
import { oneClick, oneClickBody, showOneClick } from './one-click';
import type { Portal } from './portal';
import { sendReceipt } from './receipt';
import { askForMail } from './receipt-mail';

/** Says since when Global Privacy Control has been honoured, in the form its specification asks for. */
const GPC_SUPPORT = { gpc: true, lastUpdate: '2026-11-21' };

/**
 * The consumer's portal, `/opt-out`. To be mounted after the API, whose `POST /opt-out` is not a
 * page. No step needs a script; GET never changes anything.
 */
export function portalRouter(
  ctx: Context,
  gate: Gate,
  pages: Pages,
  countEntrance: CountEntrance,
): { router: Router; close: () => void } {
  const limits = portalLimits(ctx);
  const portal: Portal = { ctx, limits, countEntrance };
  const router = Router();
  router.get('/.well-known/gpc.json', (_request, response) => {
    response.locals.route = '/.well-known/gpc.json';
    response.json(GPC_SUPPORT);
  });
  mountLinks(router, ctx, gate);
  describeForPrograms(router);
  router.use(
    pageRouter(pages, '/opt-out', (routes) => {
      const from = 'pages-or-programs';
      routes.get('/', (call) => showFind(portal, call));
      // The API, which is mounted first.
      routes.elsewhere('/', 'post');
      routes.elsewhere('/links', 'post');
      routes.post('/find', (call) => find(portal, call), { from, before: [limits.lookUps] });
      routes.post('/code', (call) => showList(portal, call), { from, before: [limits.steps] });
      routes.post('/confirm', (call) => confirm(portal, call), { from, before: [limits.steps] });
      routes.get(DONE_PATH, (call) => showDone(portal, call));
      for (const type of ['json', 'pdf'] as const) {
        routes.get(`${DONE_PATH}/receipt.${type}`, (call) => sendReceipt(portal, call, type));
      }
      const before = [limits.steps];
      routes.post(`${DONE_PATH}/mail`, (call) => askForMail(portal, call), { before });
      routes.router.get(`${DONE_PATH}/file`, (request, response) =>
        sendConfirmation(portal, request, response),
      );
      // A step reloaded or bookmarked: back to the first form.
      for (const step of ['/find', '/code', '/confirm']) {
        routes.get(step, (call) => ({ redirect: call.link('/opt-out') }));
      }
      routes.get('/one-click/:token', (call) => showOneClick(portal, call));
      routes.post('/one-click/:token', (call) => oneClick(portal, call), {
        from: 'anywhere',
        body: oneClickBody,
      });
    }),
  );
  return { router, close: limits.close };
}

/** What programs use of the portal: browsers its support of GPC, mail providers one of its pages. */
function describeForPrograms(router: Router): void {
  declare(router, {
    method: 'get',
    path: '/.well-known/gpc.json',
    operation: {
      id: 'getGpcSupport',
      summary: 'That Global Privacy Control is honoured',
      description:
        'For browsers and auditors: an opt-out that comes with the header `Sec-GPC: 1` is recorded as one that the browser asked for, too.',
      answers: {
        200: z
          .object({ gpc: z.literal(true), lastUpdate: z.iso.date() })
          .meta({ id: 'GpcSupport' }),
      },
      credentials: 'none',
    },
  });
  declare(router, {
    method: 'post',
    path: '/opt-out/one-click/:token',
    params: z.object({ token: z.string() }),
    body: z.object({ 'List-Unsubscribe': z.literal('One-Click') }),
    bodyTypes: ['application/x-www-form-urlencoded', 'multipart/form-data'],
    operation: {
      id: 'oneClickOptOut',
      summary: 'Withdraw consent by a link (RFC 8058)',
      description:
        'What mail programs send when somebody presses their unsubscribe button: revokes for good what the person of the link has agreed to with its company. The token is the credential. Every answer is a page.',
      answers: Object.fromEntries(
        [200, 303, 400, 404, 413, 429, 500, 503].map((status) => [
          status,
          { 'text/html': z.string() },
        ]),
      ),
      credentials: 'none',
    },
  });
}
