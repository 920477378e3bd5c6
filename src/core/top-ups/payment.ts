import type { Context } from '../../context';
import type { TopUpRequest } from '../../store/top-up-requests';
import { approveTopUp } from './approve-top-up';

/**
 * How a top-up that was asked for is paid. A payment provider is one file that implements this and
 * is named in `paymentFor`. `begin` opens a payment of the request's amount under its id, `payUrl`
 * gives the page on which to pay it, shown beside the request while it waits. Once the provider says
 * that it was paid, `approveTopUp` puts the money into the wallet, once, however often that is said.
 */
export interface Payment {
  /** Called once the request is written down; again, if the form is sent twice. */
  begin: (asked: { ctx: Context; request: TopUpRequest }) => Promise<void>;
  /** Null: there is no such page. */
  payUrl: (request: TopUpRequest) => string | null;
}

/** The operator sends an invoice or waits for the money, then approves it on their page. */
const operatorApproves: Payment = { begin: () => Promise.resolve(), payUrl: () => null };

/** For the demo, where nobody pays. */
const approvedAtOnce: Payment = {
  begin: async ({ ctx, request: { _id: requestId, state } }) => {
    const caller = { actor: { type: 'system', id: 'demo' }, ip: null } as const;
    if (state === 'requested') await approveTopUp({ ctx, requestId, caller });
  },
  payUrl: () => null,
};

/** How this service is paid. */
export function paymentFor({ ctx }: { ctx: Context }): Payment {
  return ctx.config.demo ? approvedAtOnce : operatorApproves;
}
