import type { Router } from 'express';
import { holdToLift, newHold } from '../../core/legal-holds/legal-hold-subject';
import { liftLegalHold } from '../../core/legal-holds/lift-legal-hold';
import { listLegalHolds } from '../../core/legal-holds/list-legal-holds';
import { placeLegalHold } from '../../core/legal-holds/place-legal-hold';
import type { Context } from '../../context';
import { madeOnce } from '../made-once';
import { legalHold, legalHolds } from './answers';
import { companyParams, mountOperator } from './operator-route';

/** Legal holds, which stop clean-ups. */
export function mountLegalHolds(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'put',
    path: '/companies/:company_id/legal-hold',
    operation: {
      id: 'placeLegalHold',
      summary: 'Stop clean-ups of a user, a certificate or the whole company',
      description:
        "Until it is lifted no clean-up removes what it covers, whatever the company's policy says. Exactly one of `user_id`, `certificate_id` and `all`. Placing it again replaces the reason and keeps the date.",
      answers: { 200: legalHold },
    },
    params: companyParams,
    body: newHold,
    handle: async ({ params, body, principal: caller }) => ({
      status: 200,
      body: await placeLegalHold({ ctx, companyId: params.company_id, caller, input: body }),
    }),
  });
  mountOperator(router, ctx, {
    method: 'delete',
    path: '/companies/:company_id/legal-hold',
    operation: {
      id: 'liftLegalHold',
      summary: 'Lift a legal hold',
      description:
        'Name it as it was placed. What the policy would have removed meanwhile goes with the next clean-up.',
      refusals: {
        404: 'There is no such hold.',
      },
      answers: { 204: null },
    },
    params: companyParams,
    body: holdToLift,
    handle: ({ params, body, principal: caller, heldKey }) =>
      madeOnce({
        ctx,
        heldKey,
        change: (completion) =>
          liftLegalHold({ ctx, companyId: params.company_id, caller, input: body, completion }),
        answerOf: () => ({ status: 204 }),
      }),
  });
  mountOperator(router, ctx, {
    method: 'get',
    path: '/companies/:company_id/legal-holds',
    operation: {
      id: 'listLegalHolds',
      summary: 'The legal holds in force',
      description: 'Each with what it covers, why, and since when.',
      answers: { 200: legalHolds },
    },
    params: companyParams,
    handle: async ({ params }) => ({
      status: 200,
      body: { legal_holds: await listLegalHolds({ ctx, companyId: params.company_id }) },
    }),
  });
}
