import type { Router } from 'express';
import { z } from 'zod';
import { createCompany } from '../../core/companies/create-company';
import { getCompany } from '../../core/companies/get-company';
import { listCompanies } from '../../core/companies/list-companies';
import { companyChange, newCompany } from '../../core/companies/settings';
import { updateCompany } from '../../core/companies/update-company';
import type { Context } from '../../context';
import { paging } from '../fields';
import { created, madeOnce } from '../made-once';
import { company, companyPage } from './answers';
import { companyParams, mountOperator } from './operator-route';

/** Companies and their settings. */
export function mountCompanies(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'post',
    path: '/companies',
    operation: {
      id: 'createCompany',
      summary: 'Create a company',
      description:
        'A company with an empty wallet and no credentials. Then give it a property, a token and a top-up. Without `company_id` it gets a random one; settings that are left out get their defaults, which the answer shows.',
      refusals: {
        409: 'There is a company with this `company_id`.',
      },
      answers: { 201: company },
    },
    body: newCompany,
    handle: ({ body, principal, heldKey }) =>
      madeOnce({
        ctx,
        heldKey,
        change: (completion) => createCompany({ ctx, caller: principal, input: body, completion }),
        answerOf: created,
      }),
  });
  mountOperator(router, ctx, {
    method: 'get',
    path: '/companies',
    operation: {
      id: 'listCompanies',
      summary: 'List companies',
      description: 'All companies, by id. For the next page send `next_cursor` as `cursor`.',
      answers: { 200: companyPage },
    },
    query: z.object(paging),
    handle: async ({ query }) => ({
      status: 200,
      body: await listCompanies({ ctx, page: query }),
    }),
  });
  mountOperator(router, ctx, {
    method: 'get',
    path: '/companies/:company_id',
    operation: {
      id: 'getCompany',
      summary: 'A company and its settings',
      description: 'Services, limits, IP allowlist, clean-up policy and third parties.',
      answers: { 200: company },
    },
    params: companyParams,
    handle: async ({ params }) => ({
      status: 200,
      body: await getCompany({ ctx, companyId: params.company_id }),
    }),
  });
  mountOperator(router, ctx, {
    method: 'patch',
    path: '/companies/:company_id',
    operation: {
      id: 'updateCompany',
      summary: 'Change the settings of a company',
      description:
        'Changes what you name and leaves the rest; holds from the next call of the company. `null` puts a limit back to its default. Written to the audit log.',
      answers: { 200: company },
    },
    params: companyParams,
    body: companyChange,
    handle: async ({ params, body, principal }) => ({
      status: 200,
      body: await updateCompany({
        ctx,
        companyId: params.company_id,
        caller: principal,
        input: body,
      }),
    }),
  });
}
