import { readFile } from 'node:fs/promises';
import { addProperty } from '../../../src/core/credentials/add-property';
import { DEMO_COMPANY_ID, demoSession } from '../../../src/core/credentials/find-demo';
import { createCompany } from '../../../src/core/companies/create-company';
import { updateCompany } from '../../../src/core/companies/update-company';
import { ATTESTR_REFUSALS } from '../../../src/http/attestr/errors';
import { refusalRows } from '../../../src/http/docs/refusals';
import { webhookDocs } from '../../../src/http/docs/webhooks';
import { bodyOfEvent, DESCRIBED_EVENTS } from '../../../src/http/econsent/webhook-events';
import { docs } from '../../../src/http/pages/texts/en-docs';
import { CALLER, makeCertificate } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';

const services: Service[] = [];

afterAll(async () => {
  for (const { close } of services) await close();
});

/** A service with the demo company; says its property id and its own certificate, too. */
async function start(settings: Record<string, string>): Promise<[Service, string, string]> {
  const service = await startService(testConfig(settings));
  services.push(service);
  const { ctx } = service;
  const by = { ctx, companyId: DEMO_COMPANY_ID, caller: CALLER };
  await createCompany({
    ctx,
    caller: CALLER,
    input: { company_id: DEMO_COMPANY_ID, name: 'Demo Company' },
  });
  const input = { name: 'Site', domain: 'demo.example' };
  const { property_id: propertyId } = await addProperty({ ...by, input });
  const ids = { company_id: DEMO_COMPANY_ID, property_id: propertyId };
  const company = { id: DEMO_COMPANY_ID, propertyId, token: '', ids };
  const sample = await makeCertificate(ctx, company, { session_id: demoSession(1) });
  await makeCertificate(ctx, company, { session_id: 'registered-by-a-visitor' });
  return [service, propertyId, sample.id];
}

const page = async ({ url }: Service) => (await fetch(`${url}/docs`)).text();

test("the demo's ids are shown where there is a demo, and nowhere else", async () => {
  const [demo, propertyId, certificateId] = await start({ DEMO: 'true' });
  const html = await page(demo);
  expect(html).toContain(propertyId);
  expect(html).not.toContain('registered-by-a-visitor');
  const [, , answer] = html.split('<details>');
  expect(answer).toContain(`[\n    &quot;${certificateId}&quot;\n  ]`);
  const by = { ctx: demo.ctx, companyId: DEMO_COMPANY_ID, caller: CALLER };
  await updateCompany({ ...by, input: { body_credentials_enabled: false } });
  expect(await page(demo)).not.toContain(propertyId);

  const [other, secret] = await start({});
  const shown = await page(other);
  expect(shown).not.toContain(secret);
  expect(shown).toContain('YOUR_PROPERTY_ID');
  expect(shown).not.toContain('data-try');
});

test('prices are those that are set', async () => {
  const service = await startService(testConfig({ PRICE_CHECK_MICROUSD: '23000' }));
  services.push(service);
  const html = await page(service);
  expect(html).toContain('>$0.023<');
  expect(html).not.toContain('>$0.015<');
  const [, client = ''] = /aria-labelledby="client">(npx [^<]*)</.exec(html) ?? [];
  expect(client).not.toBe('');
  const readme = await readFile('README.md', 'utf8');
  expect(readme).toContain(client.replace(service.url, 'http://localhost:3000'));
});

test('every refusal of the catalogue is told in the dialects that have it', () => {
  const rows = refusalRows(docs.advice);
  const attestr = rows.filter((row) => row.attestr !== null).map(({ code }) => code);
  const faults = ['internal', 'unavailable'] as const;
  expect(attestr.sort()).toEqual([...ATTESTR_REFUSALS, ...faults].sort());
  const told = Object.fromEntries(rows.map((row) => [row.code, row]));
  expect(told.insufficient_balance).toMatchObject({
    econsent: '402, code 4005',
    attestr: '400, code 4005',
    baanx: null,
    meaning: 'Insufficient wallet balance',
  });
  expect(told.unauthenticated).toMatchObject({
    econsent: '401',
    attestr: '401, code 4016',
    baanx: '498',
  });
  for (const { advice, meaning } of rows) expect([advice, meaning]).not.toContain('');
});

test('anything else below it is a page that says so', async () => {
  const { url } = services[0]!;
  const answer = await fetch(`${url}/docs/none`);
  expect(answer.status).toBe(404);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await answer.text()).toContain('Page not found');
});

test('every event of webhooks is told with its fields, and every try', async () => {
  const service = await startService();
  services.push(service);
  const html = await page(service);
  for (const [event, { data }] of Object.entries(DESCRIBED_EVENTS)) {
    const [, row = ''] = html.split(`<code>${event}</code></th>`);
    const [told = ''] = row.split('</tr>');
    for (const field of Object.keys(data.shape)) expect(told).toContain(`<code>${field}</code>`);
  }
  const [, retries = ''] = html.split('aria-labelledby="webhook-retries"');
  expect(
    [...retries.split('</table>')[0]!.matchAll(/<td>([^<]*)<\/td><td>/g)].map(([, one]) => one),
  ).toEqual([
    'At once',
    ...['5 s', '30 s', '2 min', '15 min', '1 h', '4 h', '12 h', '24 h', '30 h'],
  ]);
});

test('the message that is shown is one that can be sent', () => {
  const [headers = '', body = ''] = webhookDocs().message.split('\n\n');
  expect(headers.match(/^webhook-\w+/gm)).toHaveLength(3);
  expect(bodyOfEvent('certificate.revoked').safeParse(JSON.parse(body)).error).toBeUndefined();
});
