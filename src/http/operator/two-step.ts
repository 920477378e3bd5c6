import type { Router } from 'express';
import { takeOffReason, takeOffTwoStep } from '../../core/users/take-off-two-step';
import type { Context } from '../../context';
import { id } from '../fields';
import { madeOnce } from '../made-once';
import { companyParams, mountOperator } from './operator-route';

/** What the operator can do for somebody who has lost their phone and their recovery codes. */
export function mountTwoStep(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'delete',
    path: '/companies/:company_id/users/:user_id/two-step',
    operation: {
      id: 'takeOffTwoStep',
      summary: "Take a user's two-step sign-in off",
      description:
        'For somebody who has lost both their phone and their recovery codes: make sure that it is them first. Their password alone opens the account from then on, and all their sessions end. The reason is in the audit log of their company.',
      refusals: {
        404: 'The company has no such user, or their two-step sign-in is off.',
      },
      answers: { 204: null },
    },
    params: companyParams.extend({ user_id: id }),
    body: takeOffReason,
    handle: ({ params, body: { reason }, principal: caller, heldKey }) =>
      madeOnce({
        ctx,
        heldKey,
        change: (completion) =>
          takeOffTwoStep({
            ctx,
            companyId: params.company_id,
            userId: params.user_id,
            caller,
            reason,
            completion,
          }),
        answerOf: () => ({ status: 204 }),
      }),
  });
}
