import type { Router } from 'express';
import { z } from 'zod';
import { requireCompany } from '../../core/companies/require-company';
import { type CreatedApiKey, createApiKey } from '../../core/credentials/create-api-key';
import { listApiKeys } from '../../core/credentials/list-api-keys';
import { revokeApiKey } from '../../core/credentials/revoke-api-key';
import type { Context } from '../../context';
import { id, time } from '../fields';
import { createdWithSecret, madeOnce } from '../made-once';
import { apiKey, apiKeys } from './answers';
import { companyParams, mountOperator } from './operator-route';

const PATH = '/companies/:company_id/api-keys';
const newApiKey = z.object({
  label: z.string().trim().min(1).max(200).nullable().optional(),
  expires_at: time.nullable().optional(),
});

/** Key pairs, with which companies make Attestr and Baanx calls. */
export function mountApiKeys(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'get',
    path: PATH,
    operation: {
      id: 'listApiKeys',
      summary: 'The key pairs of a company that are not revoked, without their secrets',
      description: 'With label, expiry and the public half, `client_key`.',
      answers: { 200: apiKeys },
    },
    params: companyParams,
    handle: async ({ params: { company_id: companyId } }) => {
      await requireCompany({ ctx, companyId });
      return { status: 200, body: { api_keys: await listApiKeys({ ctx, companyId }) } };
    },
  });
  mountOperator(router, ctx, {
    method: 'post',
    path: PATH,
    operation: {
      id: 'createApiKey',
      summary: 'Create a key pair for Attestr and Baanx calls',
      description: 'The `secret_key` is shown in this answer and never again.',
      answers: { 201: apiKey },
    },
    params: companyParams,
    body: newApiKey,
    handle: ({ params, body, principal: caller, heldKey }) =>
      madeOnce<CreatedApiKey>({
        ctx,
        heldKey,
        change: (completion) =>
          createApiKey({ ctx, companyId: params.company_id, caller, input: body, completion }),
        answerOf: (made) => createdWithSecret(made, 'secret_key'),
      }),
  });
  mountOperator(router, ctx, {
    method: 'delete',
    path: `${PATH}/:client_key`,
    operation: {
      id: 'revokeApiKey',
      summary: 'Revoke a key pair, with immediate effect',
      description: 'The next call with it is refused, in both dialects.',
      refusals: {
        404: 'The company has no such key pair.',
      },
      answers: { 204: null },
    },
    params: companyParams.extend({ client_key: id }),
    handle: ({ params, principal: caller, heldKey }) =>
      madeOnce<string>({
        ctx,
        heldKey,
        change: (completion) =>
          revokeApiKey({
            ctx,
            companyId: params.company_id,
            clientKey: params.client_key,
            caller,
            completion,
          }),
        answerOf: () => ({ status: 204 }),
      }),
  });
}
