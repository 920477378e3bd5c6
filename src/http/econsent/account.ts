import type { Router } from 'express';
import { z } from 'zod';
import { listAudit } from '../../audit/list-audit';
import type { Context } from '../../context';
import { getWallet } from '../../wallet/get-wallet';
import { listEntries } from '../../wallet/list-entries';
import { byBearer, type Gate } from '../authenticate-request';
import { id, paging, time } from '../fields';
import { mount } from '../route';

const PREFIXES = ['', '/api'];

/** A company's own audit log and wallet. */
export function mountAccount(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/audit',
    query: z.object({
      ...paging,
      certificate_id: id.optional(),
      action: id.optional(),
      from: time.optional(),
      to: time.optional(),
    }),
    authenticate: ({ request }) => byBearer(gate, 'econsent', request),
    handle: async ({ query, principal }) => ({
      status: 200,
      body: await listAudit({ ctx, companyId: principal.company._id, ...query }),
    }),
  });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/wallet',
    authenticate: ({ request }) => byBearer(gate, 'econsent', request),
    handle: async ({ principal }) => ({
      status: 200,
      body: await getWallet({ ctx, companyId: principal.company._id }),
    }),
  });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/wallet/entries',
    query: z.object(paging),
    authenticate: ({ request }) => byBearer(gate, 'econsent', request),
    handle: async ({ query, principal }) => ({
      status: 200,
      body: await listEntries({ ctx, companyId: principal.company._id, ...query }),
    }),
  });
}
