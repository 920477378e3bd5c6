import type { Request, Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import type { AskedContact } from '../../core/contacts/contact';
import { readContact } from '../../core/contacts/read-contact';
import { CHANNELS } from '../../core/certificates/certificate-view';
import type { AskedContactCheck } from '../../core/verification/arrived-check';
import type { Check } from '../../core/verification/check';
import { formatUsd } from '../../lib/usd';
import { byBearerOrBody, type Gate } from '../authenticate-request';
import { bodyCredentials, email, id, mobile, sha256, text } from '../fields';
import { type Answer, replayed } from '../answer';
import { mount } from '../route';
import { contactAnswer } from './contact-answers';
import { PREFIXES } from './prefixes';
import { RECEIPT_HEADER, receiptHeader } from './receipts';

const DESCRIPTION =
  'Whether the company may contact somebody now: ask before each call, text or email. Name the person by `email`, `mobile`, or the SHA-256 of the normalised email (`email_sha256`) or E.164 number (`mobile_sha256`), in hex or base64; where you name two, each has to agree. `reason` is `consented`; `opted_out`: all that the company holds of the person is revoked, or older than an opt-out of this `channel` (without one: of any); `no_consent`: it holds nothing, and nothing else is said; `other_consent`: what holds is of another `consent_type` or lacks the `term`. Under an Idempotency-Key a repeat is free and decides again, but only ever from yes to no. To ask on the consent of another company that has authorised yours, name that company in `originator_company_id`.';

const body = z
  .object({
    ...bodyCredentials,
    originator_company_id: id.optional(),
    email,
    mobile,
    email_sha256: sha256,
    mobile_sha256: sha256,
    channel: z.enum(CHANNELS).optional(),
    consent_type: id.optional(),
    term: text.optional(),
  })
  .refine((given) => given.email ?? given.mobile ?? given.email_sha256 ?? given.mobile_sha256, {
    path: ['email'],
    message: 'one of email, mobile, email_sha256 and mobile_sha256 is required',
  });
type Body = z.output<typeof body>;

/** `POST /contact/check`. */
export function mountContact(router: Router, ctx: Context, gate: Gate, check: Check): void {
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: '/contact/check',
    operation: {
      id: 'checkContact',
      scope: 'contact',
      summary: 'Ask before a contact',
      description: DESCRIPTION,
      costs: `${formatUsd(ctx.config.prices.check)} for each 200, whatever it says.`,
      answers: { 200: contactAnswer },
      refusals: {
        402: 'The wallet has too little (`code` 4005); nothing was charged.',
        403: '`originator_company_id` does not authorise this third party.',
      },
      credentials: 'optional',
      headers: RECEIPT_HEADER,
    },
    body,
    measuredAs: 'contact',
    authenticate: (call) => byBearerOrBody(gate, 'econsent', call, call.body),
    handleBeside: async (call) => {
      try {
        return await checkOnce(call, contactOf(call.body));
      } catch (error) {
        // What is wrong with it is not told to somebody who may not ask.
        await call.principal;
        throw error;
      }
    },
    handle: async (call) => ({
      ...(await checkOnce(call, contactOf(call.body))),
      keyCompleted: true,
    }),
    replay: async ({ body: given, principal }, stored) => {
      const { answer } = await check({
        mode: 'contact',
        contact: contactOf(given),
        originatorCompanyId: given.originator_company_id,
        by: principal,
        sharer: principal.company._id,
        replay: stored,
      });
      return replayed({ status: 200, body: answer });
    },
  });

  function contactOf(given: Body): AskedContact {
    const { channel, consent_type: consentType, term } = given;
    return { identifiers: readContact({ ctx, given }), channel, consentType, term };
  }

  async function checkOnce(
    call: {
      body: Body;
      principal: AskedContactCheck['by'];
      heldKey?: AskedContactCheck['heldKey'];
      request: Request;
    },
    contact: AskedContact,
  ): Promise<Answer> {
    const { socket } = call.request;
    const { answer, receiptId } = await check({
      mode: 'contact',
      contact,
      originatorCompanyId: call.body.originator_company_id,
      by: call.principal,
      // A token comes first: with one, the company in the body is anybody's.
      sharer: call.request.get('authorization') ?? call.body.company_id ?? '',
      heldKey: call.heldKey,
      isGone: () => socket.destroyed,
    });
    return { status: 200, body: answer, ...receiptHeader(receiptId) };
  }
}
