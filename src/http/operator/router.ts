import { Router } from 'express';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { econsentErrors } from '../econsent/errors';
import type { FailedCredentials } from '../failed-credentials';
import { declaredOn } from '../operation';
import { refuseOtherMethods } from '../other-methods';
import { mountCleanups } from './cleanups';
import { mountCompanies } from './companies';
import { mountCredentials } from './credentials';
import { mountLegalHolds } from './legal-holds';
import { mountOperatorAudit } from './operator-audit';
import { mountOperators } from './operators';
import { QUEUE_BOARD_PATH } from './paths';
import { queueBoard } from './queue-board';
import { operatorBearer, requireOperator } from './require-operator';
import { mountSearch } from './search';
import { mountUsers } from './users';
import { mountWallet } from './wallet';

/**
 * Everything under `/operator`; mount it at the root. Credentials come before all else: without the
 * operator's token, even an unknown path or a wrong body gets a 401.
 */
export function operatorRouter(ctx: Context, failures: FailedCredentials): Router {
  const router = Router();
  router.use(QUEUE_BOARD_PATH, queueBoard(ctx, failures));
  router.use('/operator', requireOperator(ctx, failures, operatorBearer));
  mountCompanies(router, ctx);
  mountCredentials(router, ctx);
  mountUsers(router, ctx);
  mountWallet(router, ctx);
  mountLegalHolds(router, ctx);
  mountCleanups(router, ctx);
  mountSearch(router, ctx);
  mountOperators(router, ctx);
  mountOperatorAudit(router, ctx);
  router.use(refuseOtherMethods(declaredOn(router), ['']));
  router.use('/operator', () => {
    throw new AppError('not_found');
  });
  router.use('/operator', econsentErrors(ctx.log));
  return router;
}
