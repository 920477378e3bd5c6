import type { Router } from 'express';
import { z } from 'zod';
import { optOutView } from '../../core/certificates/certificate-view';
import { isShallow } from '../../core/certificates/content';
import { getCertificate } from '../../core/certificates/get-certificate';
import { listCertificates } from '../../core/certificates/list-certificates';
import { registerCertificate } from '../../core/certificates/register-certificate';
import type { Context } from '../../context';
import { revokeCertificate } from '../../core/revocations/revoke-certificate';
import { byBearer, type Gate } from '../authenticate-request';
import { email, id, mobile, paging, reason, text, time, typedFilter } from '../fields';
import { mount } from '../route';
import { certificatePage, certificateWithEvents, registered, revocationAnswer } from './answers';
import { PREFIXES } from './prefixes';

const CAPTURE_LIMIT_BYTES = 1024 * 1024;
const MAX_CONSENTS = 100;
const MAX_LIST_ITEMS = 100_000;

const capture = z.object({
  company_id: id.optional(),
  property_id: id,
  session_id: id,
  email,
  mobile,
  origin: z.string().min(1).max(2_000),
  consents: z.array(z.object({ type: id, text, given_at: time.optional() })).max(MAX_CONSENTS),
  events: z
    .union([z.record(z.string(), z.unknown()), z.array(z.unknown()).max(MAX_LIST_ITEMS)])
    .refine(isShallow, 'must not be nested deeper than 100 levels')
    .optional(),
});

/** Capturing, finding and revoking certificates, with the company's Bearer token. */
export function mountCertificates(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: '/certificates',
    operation: {
      id: 'registerCertificate',
      scope: 'certificates',
      summary: 'Register the proof of consent',
      description:
        'Call it when a consumer has agreed: it keeps who they are, the texts they saw and the events of their session. Give the `certificate_id` of the answer to whoever will check the consent. A session has one certificate: the same content again gets the same answer, and what is registered is never changed. Consent that is no newer than an opt-out of the same person is revoked from birth: the answer is still 201, and `opt_out` says so.',
      refusals: {
        404: 'The company has no such property.',
        409: 'The session has a certificate with other content, or had one that was removed.',
      },
      answers: { 201: registered },
    },
    body: capture,
    bodyLimitBytes: CAPTURE_LIMIT_BYTES,
    authenticate: (call) => byBearer(gate, 'econsent', call, call.body.company_id),
    handle: async ({ body, principal }) => {
      const { certificate } = await registerCertificate({
        ctx,
        companyId: principal.company._id,
        propertyId: body.property_id,
        caller: principal.caller,
        input: body,
      });
      return {
        status: 201,
        body: {
          certificate_id: certificate._id,
          created_timestamp: certificate.created_at.toISOString(),
          opt_out: optOutView(certificate.opt_out),
        },
      };
    },
  });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/certificates',
    operation: {
      id: 'listCertificates',
      scope: 'certificates',
      summary: 'Find certificates, newest first',
      description:
        'Certificates that meet every filter given. Emails and phone numbers are found however they are written; add the `+` of a number as `%2B`. For the next page send `next_cursor` as `cursor`.',
      answers: { 200: certificatePage },
    },
    query: z.object({
      ...paging,
      email: typedFilter,
      mobile: typedFilter,
      session_id: id.optional(),
      status: z.enum(['active', 'revoked']).optional(),
    }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ query, principal }) => ({
      status: 200,
      body: await listCertificates({ ctx, companyId: principal.company._id, query }),
    }),
  });
  mountOne(router, ctx, gate);
}

function mountOne(router: Router, ctx: Context, gate: Gate): void {
  const params = z.object({ certificate_id: id });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/certificates/:certificate_id',
    operation: {
      id: 'getCertificate',
      scope: 'certificates',
      summary: 'A certificate',
      description:
        'All that is kept of one certificate: the consents and the events of the session, until when it is kept, and in `opt_out` whether, when and how consent was withdrawn.',
      refusals: {
        404: 'The company has no such certificate.',
      },
      answers: { 200: certificateWithEvents },
    },
    params,
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params, principal }) => ({
      status: 200,
      body: await getCertificate({
        ctx,
        companyId: principal.company._id,
        certificateId: params.certificate_id,
      }),
    }),
  });
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: '/certificates/:certificate_id/revoke',
    operation: {
      id: 'revokeCertificate',
      scope: 'revoke',
      summary: 'Revoke a certificate',
      description:
        'Withdraws consent for good: from the instant of the answer every check of this certificate says 403, and nothing brings it back. A repeat answers `revoked: 0` with the time and the id of the first one.',
      refusals: {
        404: 'The company has no such certificate.',
      },
      answers: { 200: revocationAnswer },
    },
    params,
    body: z.object({ company_id: id.optional(), reason }),
    authenticate: (call) => byBearer(gate, 'econsent', call, call.body.company_id),
    handle: async ({ body, params, principal, heldKey }) => {
      const { revoked, certificates, timestamp, revocation_id } = await revokeCertificate({
        ctx,
        companyId: principal.company._id,
        certificateId: params.certificate_id,
        reason: body.reason,
        method: 'api',
        caller: principal.caller,
        operationId: heldKey?.operationId,
      });
      return {
        status: 200,
        body: {
          success: true,
          revoked,
          certificates,
          timestamp: timestamp.toISOString(),
          revocation_id,
        },
      };
    },
  });
}
