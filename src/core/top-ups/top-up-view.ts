import { actorName } from '../audit/actor-name';
import type { TopUpRequest, TopUpState } from '../../store/top-up-requests';

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
}

/** What pages show of a request. */
export function topUpView({ _id, requested_by, decided_by, ...rest }: TopUpRequest): TopUpView {
  return {
    ...rest,
    request_id: _id,
    requested_by: actorName(requested_by),
    decided_by: decided_by && actorName(decided_by),
  };
}
