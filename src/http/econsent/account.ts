import type { Router } from 'express';
import { z } from 'zod';
import { listAudit } from '../../core/audit/list-audit';
import type { Context } from '../../context';
import { getWallet } from '../../core/wallet/get-wallet';
import { listEntries } from '../../core/wallet/list-entries';
import { byBearer, type Gate } from '../authenticate-request';
import { id, paging, time } from '../fields';
import { mount } from '../route';
import { auditPage, ledgerPage, wallet } from './answers';
import { PREFIXES } from './prefixes';

/** A company's own audit log and wallet. */
export function mountAccount(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/audit',
    operation: {
      id: 'listAudit',
      scope: 'audit',
      summary: 'The audit log, newest first',
      answers: { 200: auditPage },
    },
    query: z.object({
      ...paging,
      certificate_id: id.optional(),
      action: id.optional(),
      from: time.optional(),
      to: time.optional(),
    }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ query, principal }) => ({
      status: 200,
      body: await listAudit({ ctx, companyId: principal.company._id, query }),
    }),
  });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/wallet',
    operation: {
      id: 'getWallet',
      scope: 'wallet',
      summary: 'The balance of the wallet',
      answers: { 200: wallet },
    },
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ principal }) => ({
      status: 200,
      body: await getWallet({ ctx, companyId: principal.company._id }),
    }),
  });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/wallet/entries',
    operation: {
      id: 'listLedger',
      scope: 'wallet',
      summary: 'The ledger, newest first',
      answers: { 200: ledgerPage },
    },
    query: z.object(paging),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ query, principal }) => ({
      status: 200,
      body: await listEntries({ ctx, companyId: principal.company._id, ...query }),
    }),
  });
}
