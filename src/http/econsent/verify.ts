import type { Request, Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import { invalid } from '../../errors';
import { certificateInfo } from '../../core/verification/certificate-info';
import type { AskedCheck } from '../../core/verification/arrived-check';
import type { Check } from '../../core/verification/check';
import { confirmNotRevoked } from '../../core/verification/confirm-not-revoked';
import type { MatchMode } from '../../core/certificates/find-consent';
import { reserveRetention, type RetentionKind } from '../../core/retention/reserve-retention';
import { byBearerOrBody, type Gate } from '../authenticate-request';
import { formatUsd } from '../../lib/usd';
import { bodyCredentials, channel, id, text } from '../fields';
import { type Answer, repeated, replayed } from '../answer';
import { mount } from '../route';
import {
  certificateInfoAnswer,
  certificateRetention,
  matchAnswer,
  partialMatchAnswer,
  sessionRetention,
} from './answers';
import { PREFIXES } from './prefixes';
import { RECEIPT_HEADER, receiptHeader } from './receipts';

const ANSWER =
  '`valid` is false, and `consent_opt_in` null, where none of its consents has it. To check a certificate of another company that has authorised yours, name that company in `originator_company_id`. Ask right before each call or text, and say which it is in `channel`: whoever has opted out of it by then is refused. Without `channel` the question is about all three: an opt-out of any of them refuses.';
const EXACT = `Whether the consumer agreed to exactly this text: word for word, but for white space around it, kinds of line ends and Unicode forms. ${ANSWER}`;
const PART = `Whether a text that the consumer agreed to contains this term, in any case; the term is taken literally. ${ANSWER}`;
const OPTED_OUT = 'The consumer has opted out (`This session has opted out`).';

/** The five `/verify/*` calls. */
export function mountVerify(router: Router, ctx: Context, gate: Gate, check: Check): void {
  mountCheck(router, ctx, gate, check, 'match');
  mountCheck(router, ctx, gate, check, 'partial-match');
  mountCertificateInfo(router, ctx, gate);
  mountRetention(router, ctx, gate, 'session');
  mountRetention(router, ctx, gate, 'certificate');
}

function mountCheck(router: Router, ctx: Context, gate: Gate, check: Check, mode: MatchMode): void {
  const field = mode === 'match' ? 'consent' : 'term';
  const body = z.object({
    ...bodyCredentials,
    certificate_id: id,
    originator_company_id: id.optional(),
    channel,
    // This call's own field is required; the other is ignored like any unknown field.
    consent: mode === 'match' ? text : z.unknown().optional(),
    term: mode === 'partial-match' ? text : z.unknown().optional(),
  });
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: `/verify/${mode}`,
    operation: {
      id: `verify${mode === 'match' ? 'Match' : 'PartialMatch'}`,
      scope: 'verify',
      summary: `Check ${mode === 'match' ? 'the exact text' : 'a term'} of a consent`,
      description: mode === 'match' ? EXACT : PART,
      costs: `${formatUsd(ctx.config.prices.check)} for each 200, whether the consent is valid or not.`,
      answers: { 200: mode === 'match' ? matchAnswer : partialMatchAnswer },
      refusals: {
        402: 'The wallet has too little (`code` 4005); nothing was charged.',
        403: `${OPTED_OUT} Or \`originator_company_id\` does not authorise this third party.`,
        404: 'The company has no such certificate.',
      },
      credentials: 'optional',
      headers: RECEIPT_HEADER,
    },
    body,
    measuredAs: mode,
    authenticate: (call) => byBearerOrBody(gate, 'econsent', call, call.body),
    handleBeside: (call) => checkOnce(call),
    handle: async (call) => ({ ...(await checkOnce(call)), keyCompleted: true }),
    replay: async ({ body, principal }, stored) => {
      const { answer } = await check({
        ...asked(body),
        by: principal,
        sharer: principal.company._id,
        replay: stored,
      });
      return replayed({ status: 200, body: answer });
    },
  });

  async function checkOnce(call: {
    body: z.output<typeof body>;
    principal: AskedCheck['by'];
    heldKey?: AskedCheck['heldKey'];
    request: Request;
  }): Promise<Answer> {
    const { socket } = call.request;
    const { answer, receiptId } = await check({
      ...asked(call.body),
      by: call.principal,
      // A token comes first: with one, the company in the body is anybody's.
      sharer: call.request.get('authorization') ?? call.body.company_id ?? '',
      heldKey: call.heldKey,
      isGone: () => socket.destroyed,
    });
    return { status: 200, body: answer, ...receiptHeader(receiptId) };
  }

  function asked(input: z.output<typeof body>) {
    return {
      mode,
      certificateId: input.certificate_id,
      text: input[field] as string,
      originatorCompanyId: input.originator_company_id,
      channel: input.channel,
    };
  }
}

function mountCertificateInfo(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: '/verify/certificate-info',
    operation: {
      id: 'getCertificateInfo',
      scope: 'verify',
      summary: 'Look up a certificate, free of charge',
      description:
        'When a certificate was registered, how many consents it has, and the events of its recording. Says nothing about the texts: `/verify/match` does.',
      refusals: {
        403: OPTED_OUT,
        404: 'The company has no such property or certificate.',
      },
      answers: { 200: certificateInfoAnswer },
      credentials: 'optional',
    },
    body: z.object({ ...bodyCredentials, property_id: id, certificate_id: id }),
    measuredAs: 'certificate-info',
    authenticate: (call) => byBearerOrBody(gate, 'econsent', call, call.body),
    handle: async ({ body, principal }) => ({
      status: 200,
      body: await certificateInfo({
        ctx,
        company: principal.company,
        propertyId: body.property_id,
        certificateId: body.certificate_id,
      }),
    }),
    replay: async ({ body, principal }, stored) => {
      await confirmNotRevoked({
        ctx,
        companyId: principal.company._id,
        certificateId: body.certificate_id,
      });
      return repeated(stored);
    },
  });
}

function mountRetention(router: Router, ctx: Context, gate: Gate, kind: RetentionKind): void {
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: `/verify/${kind}/:company_id`,
    operation: {
      id: `retain${kind === 'session' ? 'Session' : 'Certificate'}`,
      scope: 'retain',
      summary: `Keep a ${kind === 'session' ? 'recording' : 'certificate'} for five years`,
      description: `Keeps ${kind === 'session' ? 'the recording of a session' : 'the certificate of a session'} for 1,827 days from now, whatever the company's clean-up policy says. The fee is reserved at once and debited by a worker when it is kept.`,
      costs: `${formatUsd(ctx.config.prices[`${kind}_retention`])} once per session; a repeat is free and says \`already_retained\`.`,
      answers: { 200: kind === 'session' ? sessionRetention : certificateRetention },
      refusals: {
        402: 'The wallet has too little (`code` 4005); nothing was done or charged.',
        403: OPTED_OUT,
        404: 'The company has no such session.',
      },
      credentials: 'optional',
    },
    params: z.object({ company_id: id }),
    body: z.object({ ...bodyCredentials, session_id: id }),
    measuredAs: `retain-${kind}`,
    authenticate: async (call) => {
      const { body, params } = call;
      if (body.company_id !== undefined && body.company_id !== params.company_id) {
        throw invalid('company_id', 'must be the company of the path');
      }
      return byBearerOrBody(gate, 'econsent', call, { ...body, ...params });
    },
    handle: async ({ body, principal }) => {
      const retention = await reserveRetention({
        ctx,
        kind,
        companyId: principal.company._id,
        sessionId: body.session_id,
        caller: principal.caller,
      });
      return {
        status: 200,
        body: {
          success: true,
          ...(kind === 'session'
            ? { session_id: retention.session_id }
            : { certificate_id: retention.certificate_id }),
          retained_until: retention.retained_until.toISOString(),
          already_retained: retention.already_retained,
        },
      };
    },
    replay: async ({ body, principal }, stored) => {
      await confirmNotRevoked({
        ctx,
        companyId: principal.company._id,
        sessionId: body.session_id,
      });
      return repeated(stored);
    },
  });
}
