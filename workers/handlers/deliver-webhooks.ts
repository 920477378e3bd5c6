import { deliverDue } from '../../src/core/webhooks/deliver-due';
import type { Handler } from '../handler';

/** Delivers what is due to an endpoint. */
export const deliverWebhooks: Handler<'deliver-webhooks'> = ({ ctx, payload, signal }) =>
  deliverDue({ ctx, endpointId: payload.endpoint_id, signal });
