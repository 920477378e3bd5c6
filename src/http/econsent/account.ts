import type { Router } from 'express';
import { z } from 'zod';
import { COMPANY_ACTIONS, listAudit } from '../../core/audit/list-audit';
import { ACCESS_EVENTS, listAccess } from '../../core/security-log/list-access';
import type { Context } from '../../context';
import { getWallet } from '../../core/wallet/get-wallet';
import { listEntries } from '../../core/wallet/list-entries';
import { byBearer, type Gate } from '../authenticate-request';
import { auditAction, id, paging, time } from '../fields';
import { mount } from '../route';
import { auditPage, ledgerPage, securityLogPage, wallet } from './answers';
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
      description:
        'Who changed what, when and why. `from` is inclusive, `to` exclusive. An entry names at most 1,000 certificates; a longer revocation has several.',
      answers: { 200: auditPage },
    },
    query: z.object({
      ...paging,
      certificate_id: id.optional(),
      action: auditAction(COMPANY_ACTIONS),
      reference: id.optional().meta({
        description: 'The reference number that the portal gave (`RSC-…`), or a revocation id.',
      }),
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
    path: '/security-log',
    operation: {
      id: 'listSecurityLog',
      scope: 'audit',
      summary: 'Who got in and who did not, by the hour, newest first',
      description:
        'Counts of calls by credential and IP, and of those refused: with 401 (`unauthenticated`), 403 (`forbidden`) and 429 (`limited`), failed sign-ins, and IPs that a credential had not come from in 90 days (`new_ip`). A few seconds behind; kept 90 days. What is more than an hour has room for is counted without credential and IP.',
      answers: { 200: securityLogPage },
    },
    query: z.object({
      ...paging,
      event: z.enum(ACCESS_EVENTS).optional(),
      from: time.optional(),
      to: time.optional(),
    }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ query, principal }) => ({
      status: 200,
      body: await listAccess({ ctx, companyId: principal.company._id, query }),
    }),
  });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/wallet',
    operation: {
      id: 'getWallet',
      scope: 'wallet',
      summary: 'The balance of the wallet',
      description:
        '`available_microusd` is what checks can spend: the balance less what is reserved for work under way. 1,000,000 µUSD are one dollar. `low_balance` turns true below the threshold in the settings.',
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
      description:
        'Every top-up and every charge, with what it was for. Amounts in µUSD, charges below zero. For the next page send `next_cursor` as `cursor`.',
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
