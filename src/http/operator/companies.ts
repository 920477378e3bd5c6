import type { Router } from 'express';
import { z } from 'zod';
import { createCompany } from '../../companies/create-company';
import { getCompany } from '../../companies/get-company';
import { listCompanies } from '../../companies/list-companies';
import { companyChange, newCompany } from '../../companies/settings';
import { updateCompany } from '../../companies/update-company';
import type { Context } from '../../context';
import { paging } from '../fields';
import { created, madeOnce } from '../made-once';
import { companyParams, mountOperator } from './operator-route';

/** Companies and their settings. */
export function mountCompanies(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'post',
    path: '/companies',
    body: newCompany,
    handle: ({ body, principal, claim }) =>
      madeOnce({
        ctx,
        claim,
        change: (completion) => createCompany({ ctx, caller: principal, input: body, completion }),
        answerOf: created,
      }),
  });
  mountOperator(router, ctx, {
    method: 'get',
    path: '/companies',
    query: z.object(paging),
    handle: async ({ query }) => ({
      status: 200,
      body: await listCompanies({ ctx, page: query }),
    }),
  });
  mountOperator(router, ctx, {
    method: 'get',
    path: '/companies/:company_id',
    params: companyParams,
    handle: async ({ params }) => ({
      status: 200,
      body: await getCompany({ ctx, companyId: params.company_id }),
    }),
  });
  mountOperator(router, ctx, {
    method: 'patch',
    path: '/companies/:company_id',
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
