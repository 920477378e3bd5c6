import cors from 'cors';
import type { Router } from 'express';
import { z } from 'zod';
import type { Caller, Context } from '../../context';
import { evenly } from '../../core/portal/evenly';
import { revokeByIdentifiers } from '../../core/revocations/revoke-by-identifiers';
import { invalid } from '../../errors';
import type { Answer } from '../answer';
import { byBearer, type Gate } from '../authenticate-request';
import { clientIp } from '../client-ip';
import { channels, email, id, idOrBlank, mobile, reason } from '../fields';
import { perIpLimit, RateCounter } from '../rate-counter';
import { mount } from '../route';
import { optOutAnswer } from './answers';
import { PREFIXES } from './prefixes';

const PATHS = PREFIXES.map((prefix) => `${prefix}/opt-out`);
const WINDOW_MS = 60_000;
/** Where the time could tell whether somebody is known, an answer takes a multiple of this. */
const EVEN_ANSWER_MS = 1_000;

interface Principal {
  caller: Caller;
  /** Whose token it is, and who may know; null: the caller has none. */
  companyId: string | null;
}

/**
 * `POST /opt-out`: open to anyone and to browsers on any site, limited per IP.
 * @returns `close`, which stops the limiter's timer
 */
export function mountOptOut(router: Router, ctx: Context, gate: Gate): { close: () => void } {
  const counter = new RateCounter(ctx, 'opt-out', WINDOW_MS);
  // As on the portal, which shows nothing, or nothing before a code.
  const hidesWhoIsKnown = ctx.config.portalMode !== 'masked';
  const crossOrigin = cors({
    origin: '*',
    methods: ['POST'],
    // Not Authorization: no page may make its visitors try tokens.
    allowedHeaders: ['content-type'],
    exposedHeaders: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
  });
  const limited = perIpLimit(ctx, counter, {
    limit: ctx.config.optOutRatePerMinute,
    // Wrong credentials are limited where they are checked.
    skip: (request) => request.get('authorization') !== undefined,
  });
  router.options(PATHS, crossOrigin);
  mount(router, ctx, ['', '/api'], {
    method: 'post',
    path: '/opt-out',
    operation: {
      id: 'optOut',
      scope: 'revoke',
      summary: 'Withdraw consent',
      description:
        "Revokes, for good, every certificate of the company that any of the identifiers belongs to: from the instant of the answer each check of them says 403. With fewer than all three `channels`, the certificates stay in force for the others, and checks for the ones named say 403; once all three have been named, they are revoked. An email or a phone number is remembered, and holds for older consent that is registered later. Open to consumers and their browsers on any site, limited per IP; with the company's token there is no such limit, and `company_id` may be left out. Nobody found, or all revoked before, is a 200 with `revoked: 0`. Where this service does not show who is known, `revoked` and `certificates` are null without the token.",
      answers: { 200: optOutAnswer },
      refusals: { 404: 'There is no such company.' },
      credentials: 'optional',
    },
    body: z
      .object({
        company_id: id.optional(),
        certificate_id: idOrBlank,
        email,
        mobile,
        channels,
        reason,
      })
      .refine((body) => body.certificate_id ?? body.email ?? body.mobile, {
        path: ['certificate_id'],
        message: 'one of certificate_id, email and mobile is required',
      }),
    before: [crossOrigin, limited],
    authenticate: async (call): Promise<{ principal: Principal; scope: string | null }> => {
      if (call.request.get('authorization') === undefined) {
        const actor = { type: 'consumer', id: null } as const;
        const caller = { actor, ip: clientIp(call.request) };
        return { principal: { caller, companyId: null }, scope: null };
      }
      const found = await byBearer(gate, 'econsent', call, call.body.company_id);
      const { caller, company } = found.principal;
      return { ...found, principal: { caller, companyId: company._id } };
    },
    handle: async ({ body, principal, heldKey }) => {
      const companyId = principal.companyId ?? body.company_id;
      if (companyId === undefined) throw invalid('company_id', 'is required without a token');
      const revoke = () =>
        revokeByIdentifiers({
          ctx,
          companyId,
          identifiers: body,
          method: 'api',
          reason: body.reason,
          channels: body.channels,
          caller: principal.caller,
          operationId: heldKey?.operationId,
        });
      if (hidesWhoIsKnown && principal.companyId === null) {
        await evenly(EVEN_ANSWER_MS, revoke);
        return optedOut({ revoked: null, certificates: null, timestamp: ctx.now() });
      }
      return optedOut(await revoke());
    },
  });
  return {
    close: () => {
      counter.shutdown();
    },
  };
}

function optedOut(result: {
  revoked: number | null;
  certificates: string[] | null;
  timestamp: Date;
}): Answer {
  const { revoked, certificates, timestamp } = result;
  return {
    status: 200,
    body: { success: true, revoked, certificates, timestamp: timestamp.toISOString() },
  };
}
