import type { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import { getRevocation } from '../../core/revocations/get-revocation';
import { revocationReceipt } from '../../core/proof/revocation-receipt';
import { listAcknowledgements } from '../../core/webhooks/list-acknowledgements';
import { byBearer, type Gate } from '../authenticate-request';
import { id } from '../fields';
import { REGION_HEADER, regionOf } from '../region';
import { mount } from '../route';
import { acknowledgements, revocation } from './answers';
import { PREFIXES } from './prefixes';
import { pendingReceipt, receiptAnswer, receiptContent } from './receipts';

/** A request to revoke, whichever way it came. Mount it after what has longer names for its paths. */
export function mountRevocations(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/revocations/:reference',
    operation: {
      id: 'getRevocation',
      scope: 'audit',
      summary: 'A request to revoke, by its reference number or id',
      description:
        'Finds a request by the reference number that the portal gave (`RSC-…`, in any case), or by its `revocation_id`; one of consents in the US region with `x-us-env: true`. A reference number may stand for several companies: only this company’s part is shown, and one that did not concern it is a 404. The first 1,000 certificates and consents are named, all are counted.',
      answers: { 200: revocation },
      takesHeaders: REGION_HEADER,
    },
    params: z.object({ reference: id }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params, principal, request }) => ({
      status: 200,
      body: await getRevocation({
        ctx,
        region: regionOf(request),
        companyId: principal.company._id,
        reference: params.reference,
      }),
    }),
  });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/revocations/:reference/deliveries',
    operation: {
      id: 'listAcknowledgements',
      scope: 'audit',
      summary: 'Who was told of a request to revoke, and has said so',
      description:
        'Everybody who was told of the request by webhooks: your company and, of the certificates that they have checked, third parties that you authorise. `acknowledged_at` is when an endpoint of theirs first answered 2xx. Whoever has an enabled endpoint and has not within ten business days (US federal holidays left out, counted in New York) is `overdue`. Kept as long as the request; at most 1,000 are shown.',
      answers: { 200: acknowledgements },
      takesHeaders: REGION_HEADER,
    },
    params: z.object({ reference: id }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params: { reference }, principal, request }) => {
      const companyId = principal.company._id;
      const region = regionOf(request);
      const deliveries = await listAcknowledgements({ ctx, companyId, reference, region });
      return { status: 200, body: { deliveries } };
    },
  });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/revocations/:reference/receipt',
    otherPath: '/revocations/:reference/receipt.pdf',
    operation: {
      id: 'getRevocationReceipt',
      scope: 'audit',
      summary: 'Proof of a request to revoke, which anybody can check',
      description:
        'What was recorded and when, its place in the log, and a signed checkpoint: `node verify-receipt.mjs` checks it offline, years later. It shows the certificates that the request revoked, at most 1,000; with `certificate_id` only that one. About 2 s after the request it is there; until then 202 with `Retry-After`. With `Accept: application/pdf`, or as `/receipt.pdf`, it is a page that people read, with the JSON attached.',
      answers: { 200: receiptContent, 202: pendingReceipt },
      takesHeaders: REGION_HEADER,
    },
    params: z.object({ reference: id }),
    query: z.object({ certificate_id: id.optional() }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params, query, principal, request }) =>
      receiptAnswer(
        ctx,
        request,
        await revocationReceipt({
          ctx,
          region: regionOf(request),
          companyId: principal.company._id,
          reference: params.reference,
          certificateId: query.certificate_id,
        }),
      ),
  });
}
