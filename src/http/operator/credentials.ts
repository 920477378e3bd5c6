import type { Router } from 'express';
import { z } from 'zod';
import { addProperty } from '../../core/credentials/add-property';
import { type CreatedApiKey, createApiKey } from '../../core/credentials/create-api-key';
import { type CreatedToken, createToken } from '../../core/credentials/create-token';
import { revokeToken } from '../../core/credentials/revoke-token';
import { tokenLimits } from '../../core/companies/settings';
import type { Context } from '../../context';
import { id, time } from '../fields';
import { created, createdWithSecret, madeOnce } from '../made-once';
import { apiKey, property, token } from './answers';
import { companyParams, mountOperator } from './operator-route';

const name = z.string().trim().min(1).max(200);
const domain = z.string().min(1).max(253).regex(/^\S+$/, 'must not contain white space');
const newProperty = z.object({ name, domain, property_id: id.optional() });
const newToken = z.object({
  label: name,
  expires_at: time.nullable().optional(),
  limits: tokenLimits.optional(),
});

/** The credentials of companies: properties, tokens and key pairs. */
export function mountCredentials(router: Router, ctx: Context): void {
  mountProperties(router, ctx);
  mountTokens(router, ctx);
  mountOperator(router, ctx, {
    method: 'post',
    path: '/companies/:company_id/api-keys',
    operation: {
      id: 'createApiKey',
      summary: 'Create a key pair for Attestr and Baanx calls',
      answers: { 201: apiKey },
    },
    params: companyParams,
    handle: ({ params, principal: caller, heldKey }) =>
      madeOnce<CreatedApiKey>({
        ctx,
        heldKey,
        change: (completion) =>
          createApiKey({ ctx, companyId: params.company_id, caller, completion }),
        answerOf: (made) => createdWithSecret(made, 'secret_key'),
      }),
  });
}

function mountProperties(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'post',
    path: '/companies/:company_id/properties',
    operation: {
      id: 'addProperty',
      summary: 'Add a property to a company',
      answers: { 201: property },
    },
    params: companyParams,
    body: newProperty,
    handle: ({ params, body, principal: caller, heldKey }) =>
      madeOnce({
        ctx,
        heldKey,
        change: (completion) =>
          addProperty({ ctx, companyId: params.company_id, caller, input: body, completion }),
        answerOf: created,
      }),
  });
}

function mountTokens(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'post',
    path: '/companies/:company_id/tokens',
    operation: {
      id: 'createToken',
      summary: 'Create a Bearer token for a company',
      answers: { 201: token },
    },
    params: companyParams,
    body: newToken,
    handle: ({ params, body, principal: caller, heldKey }) =>
      madeOnce<CreatedToken>({
        ctx,
        heldKey,
        change: (completion) =>
          createToken({ ctx, companyId: params.company_id, caller, input: body, completion }),
        answerOf: (made) => createdWithSecret(made, 'token'),
      }),
  });
  mountOperator(router, ctx, {
    method: 'delete',
    path: '/companies/:company_id/tokens/:token_id',
    operation: {
      id: 'revokeToken',
      summary: 'Revoke a token, with immediate effect',
      answers: { 204: null },
    },
    params: companyParams.extend({ token_id: id }),
    handle: ({ params, principal: caller, heldKey }) =>
      madeOnce({
        ctx,
        heldKey,
        change: (completion) =>
          revokeToken({
            ctx,
            companyId: params.company_id,
            tokenId: params.token_id,
            caller,
            completion,
          }),
        answerOf: () => ({ status: 204 }),
      }),
  });
}
