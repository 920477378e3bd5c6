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
