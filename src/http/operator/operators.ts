import type { Request, Router } from 'express';
import { z } from 'zod';
import { inviteOperator, resetOperator } from '../../core/operators/invite-operator';
import { listOperators } from '../../core/operators/list-operators';
import type { MadeLink } from '../../core/operators/make-link';
import { removeOperator } from '../../core/operators/remove-operator';
import { newInvitation } from '../../core/users/add-user';
import type { Context } from '../../context';
import type { Answer } from '../answer';
import { id } from '../fields';
import { createdWithSecret, madeOnce } from '../made-once';
import { linkedOperator, operators } from './answers';
import { linkUrl } from './link-url';
import { mountOperator } from './operator-route';

const operatorParams = z.object({ operator_id: id });

/** Named operators, who sign in at `/operator/login`: invited with a link, listed, removed. */
export function mountOperators(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'get',
    path: '/operators',
    operation: {
      id: 'listOperators',
      summary: 'List the named operators',
      description:
        'Who may sign in at `/operator/login`, and in which role. `invited` until they have chosen a password by their link.',
      answers: { 200: operators },
    },
    handle: async () => ({ status: 200, body: { operators: await listOperators({ ctx }) } }),
  });
  mountOperator(router, ctx, {
    method: 'post',
    path: '/operators',
    operation: {
      id: 'inviteOperator',
      summary: 'Add a named operator',
      description:
        'The link lets them choose a password; it works once, for 72 hours. Admins may change everything; viewers may only look.',
      refusals: { 409: 'There is an operator with this email.' },
      answers: { 201: linkedOperator },
    },
    body: newInvitation,
    handle: ({ body: input, principal: caller, heldKey, request }) =>
      madeOnce<MadeLink>({
        ctx,
        heldKey,
        change: (completion) => inviteOperator({ ctx, caller, input, completion }),
        answerOf: withLink(ctx, request),
      }),
  });
  mountOperator(router, ctx, {
    method: 'post',
    path: '/operators/:operator_id/reset',
    operation: {
      id: 'resetOperator',
      summary: 'Make a link that lets an operator choose a new password',
      description:
        'The link works once, for 72 hours, and replaces any earlier one. Their password works until they use it.',
      refusals: { 404: 'There is no such operator.' },
      answers: { 201: linkedOperator },
    },
    params: operatorParams,
    handle: ({ params: { operator_id: operatorId }, principal: caller, heldKey, request }) =>
      madeOnce<MadeLink>({
        ctx,
        heldKey,
        change: (completion) => resetOperator({ ctx, caller, operatorId, completion }),
        answerOf: withLink(ctx, request),
      }),
  });
  mountOperator(router, ctx, {
    method: 'delete',
    path: '/operators/:operator_id',
    operation: {
      id: 'removeOperator',
      summary: 'Remove a named operator',
      description:
        'They are signed out at once, and links that they made stop working. The operator token always works, so that nobody can lock everybody out.',
      refusals: { 404: 'There is no such operator.' },
      answers: { 204: null },
    },
    params: operatorParams,
    handle: ({ params: { operator_id: operatorId }, principal: caller, heldKey }) =>
      madeOnce<string>({
        ctx,
        heldKey,
        change: (completion) => removeOperator({ ctx, caller, operatorId, completion }),
        answerOf: () => ({ status: 204 }),
      }),
  });
}

/** The link is as good as a password: a replay leaves it out. */
function withLink(ctx: Context, request: Request): (made: MadeLink) => Answer {
  return ({ operator, secret, expires_at }) => {
    const url = linkUrl(ctx, request, secret);
    const made = { ...operator, expires_at: expires_at.toISOString(), url };
    return createdWithSecret(made, 'url');
  };
}
