import { fanOutEvents as fanOut } from '../../src/core/webhooks/fan-out-events';
import type { Handler } from '../handler';

/** Makes the deliveries of events. */
export const fanOutEvents: Handler<'fan-out-events'> = ({ ctx, payload }) =>
  fanOut({ ctx, region: payload.region, ids: payload.event_ids });
