import { sampleHealth } from '../../src/core/health/sample-health';
import { newId } from '../../src/lib/random-ids';
import { collections } from '../helpers/collections';
import { CALLER, makeCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { until } from '../helpers/until';
import { testConfig } from '../helpers/settings';
import { beatOf } from '../core/health/scene';
import { look } from '../http/operator-pages/operator-browser';
import { layWire } from '../http/wire';

/** The outboxes in a scrape, and how many seconds each lags. */
async function scrapeLags(service: Service): Promise<Record<string, number>> {
  const { body } = await service.get('/metrics');
  const lines = (body as string).matchAll(/^rescind_outbox_lag_seconds\{source="(\w+)"\} (\S+)$/gm);
  return Object.fromEntries([...lines].map(([, source, seconds]) => [source, Number(seconds)]));
}

const rowOf = (html: string, source: string) =>
  new RegExp(`<th scope="row" class="first">${source}</th>.*`)
    .exec(html)?.[0]
    .replace(/<[^>]*>/g, ' ');

test('every outbox has its lag, that of the US region too', async () => {
  const service = await startService();
  const { ctx } = service;
  try {
    const none = { revocations: 0, consents: 0, consents_us: 0, retentions: 0 };
    const webhooks = { webhook_events: 0, webhook_events_us: 0 };
    const all = { ...none, ...webhooks, batches: 0, cleanups: 0, mails: 0, evidence: 0 };
    // What takes too long is left out.
    const lags = () => scrapeLags(service);
    await until(
      'all are read',
      async () => Object.keys(await lags()).length === Object.keys(all).length,
    );
    expect(await lags()).toEqual(all);
    const company = await makeCompany(ctx);
    await collections(ctx, 'us').consentRevocations.insertOne({
      _id: newId('rev'),
      company_id: company.id,
      dialect: 'baanx',
      method: 'api',
      consent_ids: [],
      ...CALLER,
      reason: null,
      impact: null,
      fee_microusd: 0,
      state: 'recorded',
      requested_at: new Date(Date.now() - 11 * 60_000),
      completed_at: null,
      enqueued_at: null,
    });
    expect(await scrapeLags(service)).toMatchObject({
      ...none,
      consents_us: expect.closeTo(660, -2),
    });
    await beatOf(ctx, 'worker-a');
    const { html } = await look(service);
    expect(rowOf(html, 'Consent revocations, US region')).toMatch(/ 11 min/);
    expect(rowOf(html, 'Consent revocations')).toMatch(/ – /);
    expect(html).toContain('Consent revocations, US region: the oldest has waited for 11 min.');
  } finally {
    await service.close();
  }
});

test.each(['cut', 'frozen'])(
  'with the database of the US region %s, the others are shown and a sample is taken',
  async (how) => {
    const wire = await layWire(testConfig().mongodbUri);
    const us = new URL(wire.url);
    // Otherwise the driver would ask the replica set for its address and bypass the wire.
    us.search = '?directConnection=true';
    const service = await startService(testConfig({ MONGODB_URI_US: us.href }));
    try {
      expect(Object.keys(await scrapeLags(service))).toContain('consents_us');
      if (how === 'cut') await wire.cut();
      else wire.freeze();
      const lags = await scrapeLags(service);
      expect(Object.keys(lags).sort()).toEqual([
        ...['batches', 'cleanups', 'consents', 'evidence', 'mails', 'retentions', 'revocations'],
        'webhook_events',
      ]);
      const page = await look(service);
      expect(page.status).toBe(200);
      expect(rowOf(page.html, 'Consent revocations, US region')).toMatch(/could not be read/);
      expect(rowOf(page.html, 'Revocations')).toMatch(/ – /);
      expect(page.html).toContain('The database of the US region does not answer.');
      expect(page.html).not.toContain('what waits could not be read');
      expect(await sampleHealth({ ctx: service.ctx })).toBe(true);
      expect((await look(service)).html).toContain(
        'Age of the oldest recorded work: at most 0 s, last 0 s',
      );
    } finally {
      await service.close();
      await wire.close();
    }
  },
);
