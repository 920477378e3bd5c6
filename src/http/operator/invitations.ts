import type { Router } from 'express';
import { requireCompany } from '../../core/companies/require-company';
import { cancelInvitation } from '../../core/users/cancel-invitation';
import { type InvitationView, listInvitations } from '../../core/users/list-invitations';
import type { Context } from '../../context';
import { id } from '../fields';
import { madeOnce } from '../made-once';
import { invitations } from './answers';
import { companyParams, mountOperator } from './operator-route';

/** Where links are; `users/…` is for one user, and an invitation is none yet. */
export const INVITATIONS = {
  path: '/companies/:company_id/invitations',
  otherPath: '/companies/:company_id/users/invitations',
};

/** The links of a company that have not been used: invitations and resets. */
export function mountInvitations(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'get',
    ...INVITATIONS,
    operation: {
      id: 'listInvitations',
      summary: 'The invitations and reset links that have not been used',
      description:
        'Each with whom it is for, who made it and when it expires; never the link itself, which is as good as a password.',
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
    path: `${INVITATIONS.path}/:invitation_id`,
    otherPath: `${INVITATIONS.otherPath}/:invitation_id`,
    operation: {
      id: 'cancelInvitation',
      summary: 'Withdraw an invitation or a reset link',
      description: 'The link stops working at once.',
      refusals: {
        404: 'There is no such link, or it was used or has expired.',
      },
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
