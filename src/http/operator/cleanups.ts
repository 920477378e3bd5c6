import type { Router } from 'express';
import { z } from 'zod';
import { listCleanups } from '../../core/cleanup/list-cleanups';
import type { Context } from '../../context';
import { paging } from '../fields';
import { companyParams, mountOperator } from './operator-route';
import { cleanupPage } from './answers';

/** A company's clean-ups: done, still to do, and failed. */
export function mountCleanups(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'get',
    path: '/companies/:company_id/cleanups',
    operation: {
      id: 'listCleanups',
      summary: 'Clean-ups of a company, newest first',
      description:
        "What the company's policy has removed, is removing or failed to remove, step by step. A failed step is tried again.",
      answers: { 200: cleanupPage },
    },
    params: companyParams,
    query: z.object({ ...paging, state: z.enum(['pending', 'failed', 'done']).optional() }),
    handle: async ({ params, query }) => ({
      status: 200,
      body: await listCleanups({ ctx, companyId: params.company_id, ...query }),
    }),
  });
}
