import type { Router } from 'express';
import { z } from 'zod';
import { requireCompany } from '../../core/companies/require-company';
import { tokenLimits } from '../../core/companies/settings';
import { addProperty } from '../../core/credentials/add-property';
import { type CreatedToken, createToken } from '../../core/credentials/create-token';
import { listProperties } from '../../core/credentials/list-properties';
import { listTokens } from '../../core/credentials/list-tokens';
import { revokeProperty } from '../../core/credentials/revoke-property';
import { revokeToken } from '../../core/credentials/revoke-token';
import { SCOPES } from '../../core/credentials/scopes';
import type { Context } from '../../context';
import { id, time } from '../fields';
import { created, createdWithSecret, madeOnce } from '../made-once';
import { properties, property, token, tokens } from './answers';
import { mountApiKeys } from './api-keys';
import { companyParams, mountOperator } from './operator-route';

const name = z.string().trim().min(1).max(200);
const domain = z.string().min(1).max(253).regex(/^\S+$/, 'must not contain white space');
const newProperty = z.object({ name, domain, property_id: id.optional() });
const newToken = z.object({
  label: name,
  expires_at: time.nullable().optional(),
  scopes: z.array(z.enum(SCOPES)).min(1).max(100).optional(),
  limits: tokenLimits.optional(),
});

/** The credentials of companies: properties, tokens and key pairs. */
export function mountCredentials(router: Router, ctx: Context): void {
  mountProperties(router, ctx);
  mountTokens(router, ctx);
  mountApiKeys(router, ctx);
}

function mountProperties(router: Router, ctx: Context): void {
  const path = '/companies/:company_id/properties';
  mountOperator(router, ctx, {
    method: 'get',
    path,
    operation: {
      id: 'listProperties',
      summary: 'The properties of a company, without their ids, which are passwords',
      description:
        'By `property_ref`, which names a property in lists and in the audit log without giving its id away.',
      answers: { 200: properties },
    },
    params: companyParams,
    handle: async ({ params: { company_id: companyId } }) => {
      await requireCompany({ ctx, companyId });
      return { status: 200, body: { properties: await listProperties({ ctx, companyId }) } };
    },
  });
  mountOperator(router, ctx, {
    method: 'post',
    path,
    operation: {
      id: 'addProperty',
      summary: 'Add a property to a company',
      description:
        'A site of the company. Its id is the password of the pair `company_id` and `property_id`, with which checks can be made without a token; without `property_id` it gets a random one.',
      refusals: {
        409: 'The company has, or had, a property with this id.',
      },
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
  mountOperator(router, ctx, {
    method: 'delete',
    path: `${path}/:property_id`,
    operation: {
      id: 'revokeProperty',
      summary: 'Revoke a property, with immediate effect',
      description:
        'By its `property_id` or its `property_ref`. Its certificates stay, and its id cannot be given again.',
      refusals: {
        404: 'The company has no such property.',
      },
      answers: { 204: null },
    },
    params: companyParams.extend({ property_id: id }),
    handle: ({ params, principal: caller, heldKey }) =>
      madeOnce<string>({
        ctx,
        heldKey,
        change: (completion) =>
          revokeProperty({
            ctx,
            companyId: params.company_id,
            named: params.property_id,
            caller,
            completion,
          }),
        answerOf: () => ({ status: 204 }),
      }),
  });
}

function mountTokens(router: Router, ctx: Context): void {
  const path = '/companies/:company_id/tokens';
  mountOperator(router, ctx, {
    method: 'get',
    path,
    operation: {
      id: 'listTokens',
      summary: 'The tokens of a company that are not revoked, without their secrets',
      description: 'With label, scopes, limits, expiry, and when each was last used.',
      answers: { 200: tokens },
    },
    params: companyParams,
    handle: async ({ params: { company_id: companyId } }) => {
      await requireCompany({ ctx, companyId });
      return { status: 200, body: { tokens: await listTokens({ ctx, companyId }) } };
    },
  });
  mountOperator(router, ctx, {
    method: 'post',
    path,
    operation: {
      id: 'createToken',
      summary: 'Create a Bearer token for a company',
      description:
        'The token is shown in this answer and never again. `scopes` says what it is good for; without, for everything.',
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
    path: `${path}/:token_id`,
    operation: {
      id: 'revokeToken',
      summary: 'Revoke a token, with immediate effect',
      description: 'The next call with it gets a 401, and open event streams end within seconds.',
      refusals: {
        404: 'The company has no such token.',
      },
      answers: { 204: null },
    },
    params: companyParams.extend({ token_id: id }),
    handle: ({ params, principal: caller, heldKey }) =>
      madeOnce<string>({
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
