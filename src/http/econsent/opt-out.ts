import cors from 'cors';
import type { RequestHandler, Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import { z } from 'zod';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { revokeByIdentifiers } from '../../core/revocations/revoke-by-identifiers';
import { byBearer, type Gate } from '../authenticate-request';
import { clientIp, clientKey } from '../client-ip';
import { email, id, mobile, reason } from '../fields';
import { RateCounter } from '../rate-counter';
import { mount } from '../route';
import { optOutAnswer } from './answers';

const PATHS = ['/opt-out', '/api/opt-out'];
const WINDOW_MS = 60_000;

/** `POST /opt-out`: open to anybody and to browsers of any origin, limited per IP. */
export function mountOptOut(router: Router, ctx: Context, gate: Gate): { close: () => void } {
  const counter = new RateCounter(ctx, 'opt-out');
  const crossOrigin = cors({
    origin: '*',
    methods: ['POST'],
    exposedHeaders: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
  });
  router.options(PATHS, crossOrigin);
  mount(router, ctx, ['', '/api'], {
    method: 'post',
    path: '/opt-out',
    operation: {
      id: 'optOut',
      summary: 'Withdraw consent',
      description:
        'Open to consumers and their browsers, limited per IP; with a Bearer token there is no such limit.',
      answers: { 200: optOutAnswer },
      refusals: [404],
      credentials: 'optional',
    },
    body: z
      .object({ company_id: id, certificate_id: id.optional(), email, mobile, reason })
      .refine((body) => body.certificate_id ?? body.email ?? body.mobile, {
        path: ['certificate_id'],
        message: 'one of certificate_id, email and mobile is required',
      }),
    before: [crossOrigin, perIpLimit(ctx, counter)],
    authenticate: async (
      call,
    ): Promise<{ principal: { caller: Caller }; scope: string | null }> => {
      if (call.request.get('authorization') === undefined) {
        const actor = { type: 'consumer', id: null } as const;
        return { principal: { caller: { actor, ip: clientIp(call.request) } }, scope: null };
      }
      return byBearer(gate, 'econsent', call, call.body.company_id);
    },
    handle: async ({ body, principal, heldKey }) => {
      const { revoked, certificates, timestamp } = await revokeByIdentifiers({
        ctx,
        companyId: body.company_id,
        identifiers: body,
        method: 'api',
        reason: body.reason,
        caller: principal.caller,
        operationId: heldKey?.operationId,
      });
      return {
        status: 200,
        body: { success: true, revoked, certificates, timestamp: timestamp.toISOString() },
      };
    },
  });
  return {
    close: () => {
      counter.shutdown();
    },
  };
}

/** Counts calls without credentials; wrong credentials are limited where they are checked. */
function perIpLimit(ctx: Context, counter: RateCounter): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: ctx.config.optOutRatePerMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    store: counter,
    keyGenerator: (request) => clientKey(request, ctx.identifiers),
    skip: (request) => request.get('authorization') !== undefined,
    handler: (_request, _response, next) => {
      next(new AppError('too_many_requests'));
    },
  });
}
