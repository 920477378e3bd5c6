import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from 'express';
import type { Config } from '../../config';
import type { Context } from '../../context';
import { recordBoardChange } from '../../core/jobs/record-board-change';
import { AppError } from '../../errors';
import { errorForLog } from '../../telemetry/logger';
import { errorBody } from '../econsent/errors';
import type { FailedCredentials } from '../failed-credentials';
import { toAppError } from '../request-errors';
import { requireSameOrigin } from '../same-origin';
import { SCRIPT_PATH, serveOffered, withOffered } from './board-buttons';
import { boardChange } from './board-changes';
import { QUEUE_BOARD_PATH } from './paths';
import { operatorCaller, operatorOf, requireAdmin, requireSignedIn } from './require-operator';
import { knowsSignIn, sendToSignIn } from './sign-in-first';

/** The board's own scripts and styles and nothing else, not even the web font that it asks for. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const REDIS_AWAY = {
  status: 503,
  error: 'Redis does not answer, so the queues cannot be shown. Verification and revocation go on.',
  failed: ['redis'],
};

/**
 * The queues in a browser, for operators only; mount it at `QUEUE_BOARD_PATH`. Whatever is changed
 * there is in the operators' audit.
 */
export function queueBoard(ctx: Context, failures: FailedCredentials): Router {
  const router = Router();
  const boards = { admin: createBoard(ctx, false), viewer: createBoard(ctx, true) };
  router.use(ownPolicy, requireSignedIn(ctx, failures), offeredChanges);
  router.get(SCRIPT_PATH, serveOffered());
  router.use(requireRedis(ctx), recordChanges(ctx), withOffered);
  router.use((request, response, next) => {
    boards[operatorOf(request).role](request, response, next);
  });
  router.use(answerErrors(ctx));
  return router;
}

const ownPolicy: RequestHandler = (_request, response, next) => {
  response.locals.route = QUEUE_BOARD_PATH;
  response.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  response.set('Referrer-Policy', 'no-referrer');
  next();
};

/**
 * Browsers attach credentials and cookies to what any site makes them send: only our own may write,
 * and only for admins. Whatever destroys or invents work is refused, and its button taken away.
 */
const offeredChanges: RequestHandler = (request, _response, next) => {
  if (isLooking(request)) {
    next();
    return;
  }
  requireSameOrigin(request);
  requireAdmin(operatorOf(request));
  if (!boardChange(request.path)) throw new AppError('not_on_the_board');
  next();
};

function isLooking({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Writes down who asks for a change, before it is made: in Redis there is no transaction with it. */
function recordChanges(ctx: Context): RequestHandler {
  return async (request, _response, next) => {
    const change = isLooking(request) ? null : boardChange(request.path);
    if (change) await recordBoardChange({ ctx, caller: operatorCaller(request), change });
    next();
  };
}

/** Answers at once while Redis is away. */
function requireRedis(ctx: Context): RequestHandler {
  return async (_request, response, next) => {
    try {
      await ctx.queues.ping();
    } catch (error) {
      ctx.log.warn({ error: errorForLog(error) }, 'queue board without Redis');
      response.status(REDIS_AWAY.status).set('Retry-After', '1').json(REDIS_AWAY);
      return;
    }
    next();
  };
}

/** @param readOnlyMode shows no button that changes anything */
function createBoard(ctx: Context, readOnlyMode: boolean): Express {
  const serverAdapter = new ExpressAdapter().setBasePath(QUEUE_BOARD_PATH);
  createBullBoard({
    queues: Object.values(ctx.queues.byName).map(
      (queue) => new BullMQAdapter(queue, { readOnlyMode }),
    ),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Rescind queues' } },
  });
  // Its own handler would answer with the message of whatever was thrown; pass it on to ours.
  serverAdapter.setErrorHandler((error: Error) => {
    throw error;
  });
  const board = serverAdapter.getRouter() as Express;
  board.disable('x-powered-by');
  return board;
}

/**
 * Sends a browser to the sign-in page, answers 503 if Redis went away in between, and 409 what
 * cannot be done to a job as it stands.
 */
function answerErrors(ctx: Context): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const refusal = toAppError(error);
    if (refusal.status === 401) {
      refuse(ctx.config, request, response, errorBody(refusal));
    } else if (refusal.status === 500 && redisFailed(ctx, error) && !response.headersSent) {
      response.status(REDIS_AWAY.status).set('Retry-After', '1').json(REDIS_AWAY);
    } else {
      next(isAboutTheJob(error) ? new AppError('job_moved_on') : error);
    }
  };
}

/** A page leads to the sign-in page, a script's call does not; wrong credentials may be given again. */
function refuse(config: Config, request: Request, response: Response, body: object): void {
  const sent = request.headers.authorization !== undefined;
  const isPage = isLooking(request) && request.get('accept')?.includes('text/html') === true;
  if (!sent && isPage && knowsSignIn(request, config)) {
    sendToSignIn(request, response);
    return;
  }
  if (sent || isPage) response.set('WWW-Authenticate', 'Basic realm="operator", charset="UTF-8"');
  response.status(401).json(body);
}

/** BullMQ's refusals: codes below zero, such as "not in the delayed state", and a locked job. */
function isAboutTheJob(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (typeof code === 'number' && code < 0) || error.message.includes('it is locked by');
}

function redisFailed(ctx: Context, error: unknown): boolean {
  const timedOut = error instanceof Error && error.message === 'Command timed out';
  return timedOut || ctx.queues.redis.status !== 'ready';
}
