import type { Request, Router } from 'express';
import { z } from 'zod';
import { addUser, newInvitation, newUser } from '../../core/users/add-user';
import { listUsers } from '../../core/users/list-users';
import type { Context } from '../../context';
import { getCompany } from '../../core/companies/get-company';
import {
  inviteUser,
  issueReset,
  type MadeInvitation,
  type WriteLink,
} from '../../core/users/invite-user';
import type { Answer } from '../answer';
import { linkMail, linkUrl } from '../dashboard/link-mail';
import { id } from '../fields';
import { created, createdWithSecret, madeOnce } from '../made-once';
import { en } from '../pages/texts/en';
import { INVITATIONS, mountInvitations } from './invitations';
import { invitation, user } from './answers';
import { companyParams, mountOperator } from './operator-route';
import { mountTwoStep } from './two-step';

const BY_MAIL =
  'With `SMTP_URL` the link goes to its person by mail, and the answer does not have it.';

/** The users of a company's dashboard: added with a password, or given a link to choose one. */
export function mountUsers(router: Router, ctx: Context): void {
  mountInvitations(router, ctx);
  mountTwoStep(router, ctx);
  mountOperator(router, ctx, {
    method: 'get',
    path: '/companies/:company_id/users',
    operation: {
      id: 'listUsers',
      summary: 'List the users of the dashboard',
      description: "Who may sign in to the company's dashboard, and in which role.",
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
      description:
        'With a password of your choice, of at least 12 characters and hard to guess. Better invite them: then nobody but they knows it.',
      refusals: {
        409: 'The company has a user with this email.',
      },
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
    ...INVITATIONS,
    operation: {
      id: 'inviteUser',
      summary: 'Make a link that lets someone join the dashboard',
      description: `The link lets one person choose a password; it works once, for 72 hours. ${BY_MAIL}`,
      refusals: {
        409: 'The company has a user with this email.',
      },
      answers: { 201: invitation },
    },
    params: companyParams,
    body: newInvitation,
    handle: async ({ params, body: input, principal: caller, heldKey, request }) => {
      const { company_id: companyId } = params;
      const write = await writer(ctx, request, 'invitation', companyId);
      return madeOnce<MadeInvitation>({
        ctx,
        heldKey,
        change: (completion) => inviteUser({ ctx, companyId, caller, write, input, completion }),
        answerOf: link(ctx, request),
      });
    },
  });
  mountOperator(router, ctx, {
    method: 'post',
    path: '/companies/:company_id/users/:user_id/reset',
    operation: {
      id: 'resetUser',
      summary: 'Make a link that lets a user choose a new password',
      description: `The link works once, for 72 hours. ${BY_MAIL}`,
      refusals: {
        404: 'The company has no such user.',
      },
      answers: { 201: invitation },
    },
    params: companyParams.extend({ user_id: id }),
    handle: async ({ params, principal: caller, heldKey, request }) => {
      const { company_id: companyId, user_id: userId } = params;
      const write = await writer(ctx, request, 'reset', companyId);
      return madeOnce<MadeInvitation>({
        ctx,
        heldKey,
        change: (completion) => issueReset({ ctx, companyId, caller, write, userId, completion }),
        answerOf: link(ctx, request),
      });
    },
  });
}

async function writer(
  ctx: Context,
  request: Request,
  kind: 'invitation' | 'reset',
  companyId: string,
): Promise<WriteLink> {
  const { name: company } = await getCompany({ ctx, companyId });
  return linkMail({ ctx, request, t: en.dashboard, kind, company });
}

/** The link is as good as a password: one that was mailed is for its person only, and a replay leaves it out. */
function link(ctx: Context, request: Request): (made: MadeInvitation) => Answer {
  return ({ secret, expires_at, mailed }) => {
    const shown = { expires_at: expires_at.toISOString(), mailed };
    if (mailed) return created(shown);
    return createdWithSecret({ ...shown, url: linkUrl(ctx, request, secret) }, 'url');
  };
}
