import express, { type Express } from 'express';
import { createAuthenticate } from './core/credentials/authenticate';
import { type Context, forChecks } from './context';
import { AppError } from './errors';
import { createCheck } from './core/verification/check';
import { type CountCall, createCountCall } from './core/limits/count-call';
import { createCountEntrance } from './core/limits/count-entrance';
import { attestrRouter } from './http/attestr/router';
import type { Gate } from './http/authenticate-request';
import { declaredOn } from './http/operation';
import { refuseOtherMethods } from './http/other-methods';
import { strictTransport } from './http/strict-transport';
import { BAANX_PREFIX } from './http/baanx/baanx-route';
import { baanxRouter } from './http/baanx/router';
import { docsRouter } from './http/docs/router';
import { dashboardRouter } from './http/dashboard/router';
import { econsentErrors } from './http/econsent/errors';
import { econsentRouter } from './http/econsent/router';
import { FailedCredentials } from './http/failed-credentials';
import {
  ATTESTR,
  BAANX,
  ECONSENT,
  OPERATOR,
  PORTAL,
  PROOF,
  SERVICE,
} from './http/openapi/dialects';
import type { Area } from './http/openapi/document';
import { openapiRouter } from './http/openapi/router';
import { frontDoor } from './http/front/front';
import { logRouter } from './http/log/router';
import { operatorPages } from './http/operator-pages/router';
import { operatorRouter } from './http/operator/router';
import { createPages } from './http/pages/pages';
import { portalRouter } from './http/portal/router';
import { probesRouter } from './http/probes';
import { requestLog } from './http/request-log';

const ATTESTR_PREFIX = '/api/v3/public';

/**
 * Builds the web app; nothing listens yet.
 * @param options.now the clock that limits go by, in milliseconds since 1970
 * @param options.countCall holds companies and tokens to their limits
 * @returns the Express app; `areas`, from which its OpenAPI document is built; `drain`, which ends
 *   open-ended answers; and `close`, which stops its timers
 */
export function createApp(
  ctx: Context,
  {
    now = () => ctx.now().getTime(),
    countCall = createCountCall({ ctx, now }),
  }: { now?: () => number; countCall?: CountCall } = {},
): { app: Express; areas: Area[]; drain: () => void; close: () => void } {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', ctx.config.trustProxy);

  const failures = new FailedCredentials(ctx);
  const authenticate = createAuthenticate({ ctx: forChecks(ctx) });
  const gate: Gate = { authenticate, failures, countCall };
  const draining = new AbortController();
  const check = createCheck({ ctx: forChecks(ctx) });
  const econsent = econsentRouter(ctx, gate, check, draining.signal);
  const pages = createPages(ctx);
  const portal = portalRouter(ctx, gate, pages, createCountEntrance({ ctx, now }));
  const dashboard = dashboardRouter(ctx, pages, check);
  const attestr = attestrRouter(ctx, gate);
  const baanx = baanxRouter(ctx, gate);
  const probes = probesRouter(ctx, failures);
  const log = logRouter(ctx);
  const operator = operatorRouter(ctx, failures);
  const operatorsPages = operatorPages(ctx, failures, pages);
  const areas: Area[] = [
    { dialect: ECONSENT, prefix: '', router: econsent.router },
    { dialect: PORTAL, prefix: '', router: portal.router },
    { dialect: ATTESTR, prefix: ATTESTR_PREFIX, router: attestr },
    { dialect: BAANX, prefix: BAANX_PREFIX, router: baanx },
    { dialect: OPERATOR, prefix: '', router: operator },
    { dialect: SERVICE, prefix: '', router: probes },
    { dialect: PROOF, prefix: '', router: log },
  ];

  app.use(requestLog(ctx));
  if (ctx.config.production) app.use(strictTransport);
  app.use(ATTESTR_PREFIX, attestr);
  app.use(BAANX_PREFIX, baanx);
  app.use(econsent.router);
  app.use(pages.assets.router);
  app.use(frontDoor(pages));
  app.use(portal.router);
  app.use(dashboard.router);
  app.use(probes);
  app.use(log);
  app.use(openapiRouter(ctx, areas));
  app.use(docsRouter(ctx, pages));
  app.use(operatorsPages.router);
  app.use(operator);
  app.use(refuseOtherMethods([{ path: '/', method: 'get' }], ['']));
  for (const { dialect, prefix, router } of areas) {
    app.use(refuseOtherMethods(declaredOn(router), [prefix, ...(dialect.otherPrefixes ?? [])]));
  }
  app.use(() => {
    throw new AppError('not_found');
  });
  app.use(econsentErrors(ctx.log));
  return {
    app,
    areas,
    drain: () => {
      draining.abort();
    },
    close: () => {
      econsent.close();
      portal.close();
      dashboard.close();
      operatorsPages.close();
      failures.close();
    },
  };
}
