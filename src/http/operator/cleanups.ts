import type { Router } from 'express';
import { z } from 'zod';
import { listCleanups } from '../../cleanup/list-cleanups';
import type { Context } from '../../context';
import { paging } from '../fields';
import { companyParams, mountOperator } from './operator-route';

/** Clean-ups of a company: what has gone, what is to go, and what failed. */
export function mountCleanups(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'get',
    path: '/companies/:company_id/cleanups',
    params: companyParams,
    query: z.object({ ...paging, state: z.enum(['pending', 'failed', 'done']).optional() }),
    handle: async ({ params, query }) => ({
      status: 200,
      body: await listCleanups({ ctx, companyId: params.company_id, ...query }),
    }),
  });
}
