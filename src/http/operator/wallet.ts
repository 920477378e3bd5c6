import type { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import { proveWallet } from '../../core/wallet/prove-wallet';
import { topUp } from '../../core/wallet/top-up';
import { amountUsd } from '../amount-usd';
import { created, madeOnce } from '../made-once';
import { toppedUp, walletProof } from './answers';
import { companyParams, mountOperator } from './operator-route';

/** A company's money. */
export function mountWallet(router: Router, ctx: Context): void {
  mountOperator(router, ctx, {
    method: 'post',
    path: '/companies/:company_id/wallet/top-ups',
    operation: {
      id: 'topUpWallet',
      summary: 'Add money to a wallet',
      description:
        'Adds dollars, as a decimal string, to what the company can spend, and answers with the balance after it. Send an Idempotency-Key, so that a repeat does not pay twice.',
      answers: { 201: toppedUp },
    },
    params: companyParams,
    body: z.object({ amount_usd: amountUsd }),
    handle: ({ params, body, principal: caller, heldKey }) =>
      madeOnce({
        ctx,
        heldKey,
        change: (completion) =>
          topUp({
            ctx,
            companyId: params.company_id,
            amountMicrousd: body.amount_usd,
            caller,
            operationId: heldKey?.operationId,
            completion,
          }),
        answerOf: created,
      }),
  });
  mountOperator(router, ctx, {
    method: 'get',
    path: '/companies/:company_id/wallet',
    operation: {
      id: 'proveWallet',
      summary: 'The wallet next to the sum of its ledger',
      description:
        '`balance_microusd` and `entries_sum_microusd` are the same unless something is wrong.',
      answers: { 200: walletProof },
    },
    params: companyParams,
    handle: async ({ params }) => ({
      status: 200,
      body: await proveWallet({ ctx, companyId: params.company_id }),
    }),
  });
}
