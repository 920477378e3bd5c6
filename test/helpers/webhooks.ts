import type { Context } from '../../src/context';
import { createEndpoint } from '../../src/core/webhooks/create-endpoint';
import { deliverDue } from '../../src/core/webhooks/deliver-due';
import { fanOutEvents } from '../../src/core/webhooks/fan-out-events';
import { REGIONS } from '../../src/store/regions';
import { CALLER, type TestCompany } from './company';
import { type Receiver, startReceiver } from './receiver';

const SOON = new Date('2100-01-01T00:00:00Z');
const MANY = 500;

/** Does what workers do: makes deliveries of all events, and sends those that are due. */
export async function tellNow(ctx: Context): Promise<void> {
  for (const region of REGIONS) {
    const { webhookEvents } = ctx.store.regions[region];
    const ids = await webhookEvents.findPending(SOON, SOON, MANY);
    if (ids.length > 0) await fanOutEvents({ ctx, region, ids });
  }
  const { signal } = new AbortController();
  for (const endpointId of await ctx.store.webhookDeliveries.dueEndpoints(ctx.now())) {
    await deliverDue({ ctx, endpointId, signal });
  }
}

/** An endpoint of a company, which verifies what it is sent. */
export async function listen(
  ctx: Context,
  company: TestCompany,
  events: string[] | null = null,
): Promise<Receiver & { endpointId: string }> {
  const receiver = await startReceiver();
  const { endpoint, secret } = await createEndpoint({
    ctx,
    companyId: company.id,
    caller: CALLER,
    fields: { url: receiver.url, events },
  });
  receiver.secret = secret;
  return Object.assign(receiver, { endpointId: endpoint._id });
}
