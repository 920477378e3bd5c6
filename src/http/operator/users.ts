import type { Request, Router } from 'express';
import { z } from 'zod';
import { addUser, newInvitation, newUser } from '../../core/users/add-user';
import { listUsers } from '../../core/users/list-users';
import type { Context } from '../../context';
import { inviteUser, issueReset, type MadeInvitation } from '../../core/users/invite-user';
import type { Answer } from '../answer';
import { baseUrl } from '../base-url';
import { invitationPath } from '../dashboard/login';
import { id } from '../fields';
import { created, createdWithSecret, madeOnce } from '../made-once';
import { mountInvitations } from './invitations';
import { invitation, user } from './answers';
import { companyParams, mountOperator } from './operator-route';

/** The users of a company's dashboard: added with a password, or given a link to choose one. */
export function mountUsers(router: Router, ctx: Context): void {
  mountInvitations(router, ctx);
  mountOperator(router, ctx, {
    method: 'get',
    path: '/companies/:company_id/users',
    operation: {
      id: 'listUsers',
      summary: 'List the users of the dashboard',
      answers: { 200: z.object({ users: z.array(user) }) },
    },
    params: companyParams,
    handle: async ({ params }) => ({
      status: 200,
      body: { users: await listUsers({ ctx, companyId: params.company_id }) },
    }),
  });
  mountOperator(router, ctx, {
    method: 'post',
    path: '/companies/:company_id/users',
    operation: {
      id: 'addUser',
      summary: 'Add a user to the dashboard',
      answers: { 201: user },
    },
    params: companyParams,
    body: newUser,
    handle: ({ params, body, principal: caller, heldKey }) =>
      madeOnce({
        ctx,
        heldKey,
        change: (completion) =>
          addUser({ ctx, companyId: params.company_id, caller, input: body, completion }),
        answerOf: created,
      }),
  });
  mountOperator(router, ctx, {
    method: 'post',
    path: '/companies/:company_id/users/invitations',
    operation: {
      id: 'inviteUser',
      summary: 'Make a link that lets someone join the dashboard',
      answers: { 201: invitation },
    },
    params: companyParams,
    body: newInvitation,
    handle: ({ params, body: input, principal: caller, heldKey, request }) =>
      madeOnce<MadeInvitation>({
        ctx,
        heldKey,
        change: (completion) =>
          inviteUser({ ctx, companyId: params.company_id, caller, input, completion }),
        answerOf: link(ctx, request),
      }),
  });
  mountOperator(router, ctx, {
    method: 'post',
    path: '/companies/:company_id/users/:user_id/reset',
    operation: {
      id: 'resetUser',
      summary: 'Make a link that lets a user choose a new password',
      answers: { 201: invitation },
    },
    params: companyParams.extend({ user_id: id }),
    handle: ({ params, principal: caller, heldKey, request }) =>
      madeOnce<MadeInvitation>({
        ctx,
        heldKey,
        change: (completion) =>
          issueReset({
            ctx,
            companyId: params.company_id,
            caller,
            completion,
            userId: params.user_id,
          }),
        answerOf: link(ctx, request),
      }),
  });
}

/** The link is as good as a password: a replay leaves it out. */
function link(ctx: Context, request: Request): (made: MadeInvitation) => Answer {
  return ({ secret, expires_at }) => {
    const url = baseUrl(request, ctx.config.publicUrl) + invitationPath(secret);
    const shown = { url, expires_at: expires_at.toISOString() };
    return createdWithSecret(shown, 'url');
  };
}
