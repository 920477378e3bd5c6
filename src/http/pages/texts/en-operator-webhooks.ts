import type { EndpointHealth } from '../../../core/webhooks/endpoint-health';
import { failureText } from './en-webhooks';

/** The English texts of the operator's pages about companies' webhook endpoints. */
export const operatorWebhooks = {
  title: 'Webhook endpoints',
  host: 'Host',
  health: 'Health',
  healths: {
    new: 'Nothing sent yet',
    working: 'Working',
    failing: 'Failing',
    disabled: 'Disabled',
  } satisfies Record<EndpointHealth, string>,
  disabled: {
    by_company: 'Disabled by the company',
    gone: 'Disabled: answered 410',
    failing: 'Disabled: failed for days',
  },
  since: 'since',
  id: 'Endpoint ID',
  lastSuccess: 'Last success',
  lastFailure: 'Last failure',
  failure: failureText,
  never: 'Never',
  waiting: 'Waiting',
  many: (count: number, max: number) =>
    count > max ? `more than ${max.toLocaleString('en')}` : count.toLocaleString('en'),
};
