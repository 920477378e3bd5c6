import { type ErrorRequestHandler, Router } from 'express';
import type { Context } from '../../context';
import type { FailedCredentials } from '../failed-credentials';
import { requireSignedIn } from '../operator/require-operator';
import { knowsSignIn, sendToSignIn } from '../operator/sign-in-first';
import { languageOf } from '../pages/language';
import { pageRouter } from '../pages/page-router';
import type { Pages } from '../pages/pages';
import { toAppError } from '../request-errors';
import { mountAccount } from './account';
import { mountApiKeys } from './api-keys';
import { mountBatch } from './batch';
import { mountAudit } from './audit';
import { mountBatches } from './batches';
import { mountCompanies } from './companies';
import { mountCompanyCleanups } from './company-cleanups';
import { mountOverview } from './company-overview';
import { mountPeople } from './company-people';
import { mountSettings } from './company-settings';
import { mountCompanyWallet } from './company-wallet';
import { mountCredentials } from './credentials-page';
import { mountFound } from './found';
import { mountHealth } from './health';
import { mountJobs } from './jobs';
import { mountLegalHolds } from './legal-holds';
import { mountLogin } from './login';
import { mountMails } from './mails';
import { mountNewCompany } from './new-company';
import { operatorRoutes, PREFIX } from './operator-page';
import { mountOperators } from './operators';
import { mountProperties } from './properties';
import { mountRetryJobs } from './retry-jobs';
import { mountSearch } from './search';
import { mountTokens } from './tokens';
import { mountTopUps } from './top-ups';
import { mountTwoStep } from './two-step';

/** The operator's pages, to be mounted at the root before the JSON API under `/operator`. */
export function operatorPages(
  ctx: Context,
  failures: FailedCredentials,
  pages: Pages,
): { router: Router; close: () => void } {
  const mayLook = requireSignedIn(ctx, failures);
  const refuse = signInFirst(ctx, pages);
  let close = (): void => undefined;
  const root = Router();
  root.get('/operator', mayLook, (_request, response) => {
    response.locals.route = '/operator';
    response.redirect(303, PREFIX);
  });
  root.get('/operator/mails', mayLook, (_request, response) => {
    response.locals.route = '/operator/mails';
    response.redirect(303, `${PREFIX}/mails`);
  });
  root.use(refuse);
  root.use(
    pageRouter(pages, '/operator/login', (routes) => {
      ({ close } = mountLogin(ctx, routes));
    }),
  );
  root.use(
    pageRouter(pages, PREFIX, (routes) => {
      // Credentials are checked before anything else, as everywhere under /operator.
      routes.router.use(mayLook, refuse);
      const inside = operatorRoutes(ctx, routes);
      mountHealth(inside);
      mountCompanies(inside);
      mountNewCompany(inside);
      mountOverview(inside);
      mountSettings(inside);
      mountCredentials(inside);
      mountPeople(inside);
      mountCompanyWallet(inside);
      mountCompanyCleanups(inside);
      mountProperties(inside);
      mountApiKeys(inside);
      mountTokens(inside);
      mountLegalHolds(inside);
      mountJobs(inside);
      mountRetryJobs(inside);
      mountBatches(inside);
      mountBatch(inside);
      mountTopUps(inside);
      mountMails(inside, routes.router);
      mountSearch(inside);
      mountFound(inside);
      mountTwoStep(inside);
      mountAudit(inside);
      mountOperators(inside);
      mountAccount(inside);
    }),
  );
  return { router: root, close };
}

/** Leads those who use it to the sign-in page; has any other browser ask for name and token. */
function signInFirst({ config }: Context, pages: Pages): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (toAppError(error).status !== 401) {
      next(error);
      return;
    }
    response.set(pages.headers);
    const sentNone = request.headers.authorization === undefined;
    if (sentNone && knowsSignIn(request, config)) {
      sendToSignIn(request, response);
      return;
    }
    const language = languageOf(request, 'operator');
    const words = language.t.operator.credentials;
    response.set('WWW-Authenticate', 'Basic realm="operator", charset="UTF-8"');
    pages.send(response, language, {
      status: 401,
      template: 'operator-pages/credentials',
      title: words.heading,
      data: words,
    });
  };
}
