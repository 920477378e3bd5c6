import type { Router } from 'express';
import { requireCompany } from '../../core/companies/require-company';
import { cancelInvitation } from '../../core/users/cancel-invitation';
import { type InvitationView, listInvitations } from '../../core/users/list-invitations';
import type { Context } from '../../context';
import { id } from '../fields';
import { madeOnce } from '../made-once';
import { invitations } from './answers';
import { companyParams, mountOperator } from './operator-route';

const PATH = '/companies/:company_id/users/invitations';

/** The links of a company that have not been used: invitations and resets. */
export function mountInvitations(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'get',
    path: PATH,
    operation: {
      id: 'listInvitations',
      summary: 'The invitations and reset links that have not been used',
      answers: { 200: invitations },
    },
    params: companyParams,
    handle: async ({ params: { company_id: companyId } }) => {
      await requireCompany({ ctx, companyId });
      return { status: 200, body: { invitations: await listInvitations({ ctx, companyId }) } };
    },
  });
  mountOperator(router, ctx, {
    method: 'delete',
    path: `${PATH}/:invitation_id`,
    operation: {
      id: 'cancelInvitation',
      summary: 'Withdraw an invitation or a reset link',
      answers: { 204: null },
    },
    params: companyParams.extend({ invitation_id: id }),
    handle: ({ params, principal: caller, heldKey }) =>
      madeOnce<InvitationView['kind']>({
        ctx,
        heldKey,
        change: (completion) =>
          cancelInvitation({
            ctx,
            companyId: params.company_id,
            invitationId: params.invitation_id,
            caller,
            completion,
          }),
        answerOf: () => ({ status: 204 }),
      }),
  });
}
