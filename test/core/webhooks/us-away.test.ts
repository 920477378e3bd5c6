import { overview } from '../../../src/core/activity/overview';
import { deliverDue } from '../../../src/core/webhooks/deliver-due';
import { fanOutEvents } from '../../../src/core/webhooks/fan-out-events';
import { recordEvents } from '../../../src/core/webhooks/record-events';
import { openContext } from '../../helpers/context';
import { makeCertificate, makeCompany } from '../../helpers/company';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';
import { listen } from '../../helpers/webhooks';
import { layWire } from '../../http/wire';

test('while the database of the US region is away, what is told of the other goes on', async () => {
  const wire = await layWire(testConfig().mongodbUri);
  const us = new URL(wire.url);
  // Otherwise the driver would ask the replica set for its address and bypass the wire.
  us.search = '?directConnection=true';
  const { ctx, close } = await openContext(testConfig({ MONGODB_URI_US: us.href }), 'web');
  await ensureIndexes(ctx);
  const company = await makeCompany(ctx);
  const receiver = await listen(ctx, company);
  try {
    const told = [
      {
        companyId: company.id,
        event: 'consent.modified' as const,
        at: ctx.now(),
        data: { consent_id: 'us-1', version: 2, modified_at: ctx.now() },
      },
    ];
    const ids = await ctx.store.regions.us.transaction((session) =>
      recordEvents({ ctx, region: 'us', session, told }),
    );
    await fanOutEvents({ ctx, region: 'us', ids });
    await wire.cut();
    await makeCertificate(ctx, company);
    const home = await ctx.store.webhookEvents.findPending(new Date('2100-01-01'), ctx.now(), 9);
    await fanOutEvents({ ctx, region: 'default', ids: home });
    const turn = { ctx, endpointId: receiver.endpointId, signal: new AbortController().signal };
    expect(await deliverDue(turn)).toBe('done');
    expect(receiver.received.map(({ event }) => event.type)).toEqual(['certificate.created']);
    expect(await overview({ ctx, companyId: company.id, days: 30 })).toMatchObject({
      webhooksOverdue: 0,
    });
    const { items } = await ctx.store.webhookDeliveries.list(company.id, {}, { limit: 5 });
    const [put] = items.filter(({ region }) => region === 'us');
    // Not tried: it waits, and is sent once the region is back.
    expect(put).toMatchObject({ state: 'waiting', tries: 0, attempts: [] });
    expect(put!.next_at > ctx.now()).toBe(true);
  } finally {
    await receiver.close();
    await close();
    await wire.close();
  }
});
