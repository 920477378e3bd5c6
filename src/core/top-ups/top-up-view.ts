import { actorName } from '../audit/actor-name';
import type { Payment } from './payment';
import type { TopUpRequest, TopUpState } from '../../store/top-up-requests';

export type { TopUpState };

/** A top-up that a company asked for, as pages show it. */
export interface TopUpView {
  request_id: string;
  company_id: string;
  /** µUSD */
  amount_microusd: number;
  state: TopUpState;
  /** `user:usr_…` */
  requested_by: string;
  requested_at: Date;
  decided_by: string | null;
  decided_at: Date | null;
  /** Why it was declined. */
  reason: string | null;
  /** Where to pay, while it waits. */
  pay_url: string | null;
}

/** What pages show of a request. */
export function topUpView({
  request,
  payment,
}: {
  request: TopUpRequest;
  payment: Payment;
}): TopUpView {
  const { _id, requested_by, decided_by, ...rest } = request;
  return {
    ...rest,
    pay_url: request.state === 'requested' ? payment.payUrl(request) : null,
    request_id: _id,
    requested_by: actorName(requested_by),
    decided_by: decided_by && actorName(decided_by),
  };
}
