import type { Router } from 'express';
import { z } from 'zod';
import { AUDIT_ACTIONS, listOperatorAudit } from '../../core/operators/list-operator-audit';
import type { Context } from '../../context';
import { auditAction, id, paging, time } from '../fields';
import { operatorAuditPage } from './answers';
import { mountOperator } from './operator-route';

/** What operators have changed. */
export function mountOperatorAudit(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'get',
    path: '/audit',
    operation: {
      id: 'listOperatorAudit',
      summary: 'What operators have changed, newest first',
      description:
        "By the API, on the operator's pages and on the queue board. `actor` is `operator:opr_…`, or `operator` for the operator token; `from` is inclusive, `to` exclusive. What was changed at a company is in its own log, too.",
      answers: { 200: operatorAuditPage },
    },
    query: z.object({
      ...paging,
      action: auditAction(AUDIT_ACTIONS),
      actor: id.optional(),
      company_id: id.optional(),
      from: time.optional(),
      to: time.optional(),
    }),
    handle: async ({ query }) => ({ status: 200, body: await listOperatorAudit({ ctx, query }) }),
  });
}
