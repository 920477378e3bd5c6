import { execFileSync } from 'node:child_process';
import { Webhook } from 'standardwebhooks';
import { MAX_ENDPOINTS_PER_COMPANY } from '../../../src/core/webhooks/create-endpoint';
import { deliverDue } from '../../../src/core/webhooks/deliver-due';
import { collections } from '../../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Receiver, startReceiver } from '../../helpers/receiver';
import { type Service, startService } from '../../helpers/service';
import { listen, tellNow } from '../../helpers/webhooks';
import { type Browser, signedInBrowser } from './scriptless-browser';

const PATH = '/dashboard/settings/webhooks';

let service: Service;
let company: TestCompany;
let browser: Browser;
let viewer: Browser;
let receiver: Receiver;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  browser = await signedInBrowser(service, company);
  viewer = await signedInBrowser(service, company, 'viewer');
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

const secretIn = (html: string) => /id="secret">([^<]+)</.exec(html)?.[1];
const text = (html: string) =>
  html
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
const endpoints = () => service.ctx.store.webhookEndpoints.list(company.id);
const deliveries = async () =>
  (await service.ctx.store.webhookDeliveries.list(company.id, {}, { limit: 50 })).items;
/** An endpoint that was told of a certificate. */
async function told(): Promise<string> {
  const { endpointId, url, secret, close } = await listen(service.ctx, company);
  await close();
  Object.assign(receiver, { secret });
  await service.ctx.store.webhookEndpoints.change(company.id, endpointId, { url: receiver.url });
  expect(url).not.toBe(receiver.url);
  await makeCertificate(service.ctx, company);
  await tellNow(service.ctx);
  return endpointId;
}

test('an endpoint is added with the events that were chosen, and its secret shown once', async () => {
  const { html: before } = await browser.get(PATH);
  expect(before).toContain('With a webhook your systems hear of a revocation');
  const form = {
    url: 'https://hooks.example.com/rescind?of=crm',
    which: 'some',
    events: ['batch.completed', 'certificate.revoked'],
    description: 'CRM',
    operation_id: browser.operationId(),
  };
  const { html } = await browser.postAndFollow(PATH, form);
  const secret = secretIn(html);
  expect(secret).toMatch(/^whsec_/);
  expect(html).toContain('hooks.example.com/rescind?of=crm');
  // A double click makes no other.
  expect(secretIn((await browser.postAndFollow(PATH, form)).html)).toBe(secret);
  expect(await endpoints()).toMatchObject([
    { url: form.url, events: ['certificate.revoked', 'batch.completed'], description: 'CRM' },
  ]);
  expect(secretIn((await viewer.get(PATH)).html)).toBeUndefined();
  await browser.post(`${PATH}/copied`, {});
  expect(secretIn((await browser.get(PATH)).html)).toBeUndefined();
});

test('what is wrong is told beside its field, and what was typed stays', async () => {
  for (const [wrong, name, says] of [
    [{ url: 'ftp://hooks.example.com/in' }, 'url', 'The URL must begin with https://'],
    [{ url: 'https://me:secret@hooks.example.com' }, 'url', 'must not contain a user'],
    [{ url: '' }, 'url', 'must be a URL'],
    [{ url: `https://hooks.example.com/${'x'.repeat(2_000)}` }, 'url', 'at most 2,000 characters'],
    [{ which: 'some', events: 'certificate.gone' }, 'events', 'Choose at least one event'],
    [{ which: 'some' }, 'events', 'Choose at least one event'],
    [{ description: 'x'.repeat(201) }, 'description', 'up to 200 characters'],
  ] as const) {
    const form = {
      url: 'https://hooks.example.com/in',
      which: 'all',
      description: 'kept',
      ...wrong,
    };
    const { status, html } = await browser.post(PATH, form);
    expect([name, status]).toEqual([name, 400]);
    expect(html).toContain(`id="${name}-error"`);
    expect(html).toContain(says);
    expect(html).toContain(`value="${form.description}"`);
    expect(html).toContain(`value="${form.url}"`);
  }
  expect(await endpoints()).toEqual([]);
});

test('a company with 50 endpoints sees them all, and is told that there can be no more', async () => {
  const first = { url: 'https://hooks.example.com/0', which: 'all' };
  await browser.postAndFollow(PATH, first);
  const [one] = await endpoints();
  const slots = Array.from({ length: MAX_ENDPOINTS_PER_COMPANY }, (_, slot) => slot);
  const others = slots
    .filter((slot) => slot !== one!.slot)
    .map((slot) => ({ ...one!, _id: `${one!._id}${String(slot)}`, slot }));
  await collections(service.ctx).webhookEndpoints.insertMany(others);
  const { html } = await browser.get(PATH);
  expect(html.match(/Nothing sent yet/g)).toHaveLength(MAX_ENDPOINTS_PER_COMPANY);
  const refused = await browser.post(PATH, first);
  expect(refused.status).toBe(400);
  expect(refused.html).toContain('No more can be added: a company has at most 50 endpoints.');
});

test('a delivery is shown as it was sent, so that its signature can be verified', async () => {
  receiver.answer = (response) => response.writeHead(500).end('<b/id=answer> not now');
  const endpointId = await told();
  const [one] = await deliveries();
  const list = await browser.get(`${PATH}/deliveries?endpoint_id=${endpointId}&status=waiting`);
  const path = `${PATH}/deliveries/${one!._id}`;
  expect(list.html).toContain(`href="${path}"`);
  expect(list.html).toContain('Answered 500');
  expect((await browser.get(`${PATH}/deliveries?status=delivered`)).html).not.toContain(path);
  expect((await browser.get(`${PATH}/deliveries?event=nonsense`)).status).toBe(400);
  expect((await browser.get(`${PATH}/${endpointId}`)).html).toContain('It has taken nothing since');

  const { html } = await browser.get(path);
  expect(html).toContain('&lt;b/id=answer&gt; not now');
  const [headers, body] = ['Headers', 'Payload'].map((name) =>
    text(new RegExp(`aria-label="${name}">([^<]*)</pre>`).exec(html)![1]!),
  );
  const [sent] = receiver.received;
  expect(body).toBe(sent!.body);
  const shown = Object.fromEntries(
    headers!
      .trim()
      .split('\n')
      .map((line) => line.split(/: (.*)/)),
  );
  expect(shown).toMatchObject({ 'webhook-signature': sent!.headers['webhook-signature'] });
  new Webhook(receiver.secret!).verify(body!, shown as Record<string, string>);

  const snippet = text(/aria-label="Verify this signature: Shell">([^<]*)</.exec(html)![1]!);
  const own = snippet.replace('whsec_…', receiver.secret!).replace('=body.json', '=$(mktemp)');
  expect(execFileSync('bash', ['-c', own]).toString()).toBe('genuine\n');
});

test('a delivery is sent again, unless its endpoint is disabled', async () => {
  const endpointId = await told();
  const [one] = await deliveries();
  const path = `${PATH}/deliveries/${one!._id}`;
  expect(one!.state).toBe('delivered');
  await browser.get(path);
  const { html } = await browser.postAndFollow(`${path}/redeliver`, {});
  expect(html).toContain('The delivery is sent again');
  await tellNow(service.ctx);
  expect(receiver.received.map(({ id }) => id)).toEqual([one!.event_id, one!.event_id]);
  expect((await viewer.get(path)).html).not.toContain('Send again');
  expect((await viewer.post(`${path}/redeliver`, {})).status).toBe(403);
  await browser.postAndFollow(`${PATH}/${endpointId}/disable`, {});
  const off = await browser.postAndFollow(`${path}/redeliver`, {});
  expect(off.html).toContain('This endpoint is disabled by now');
});

test('a secret is rotated once that is confirmed, by a double click as well', async () => {
  const endpointId = await told();
  const path = `${PATH}/${endpointId}/rotate`;
  const { html } = await browser.get(path);
  expect(html).toContain('signs along for 24 hours');
  expect(html).not.toContain('stops at once');
  const operation_id = browser.operationId();
  const shown = secretIn((await browser.postAndFollow(path, { operation_id })).html)!;
  expect(secretIn((await browser.postAndFollow(path, { operation_id })).html)).toBe(shown);
  expect(shown).not.toBe(receiver.secret);
  await makeCertificate(service.ctx, company);
  await tellNow(service.ctx);
  const { headers, body } = receiver.received.at(-1)!;
  for (const secret of [shown, receiver.secret!]) {
    new Webhook(secret).verify(body, headers as Record<string, string>);
  }
  expect((await browser.get(path)).html).toContain('stops at once');
});

test('an endpoint is changed, tried out, disabled, enabled and removed', async () => {
  const endpointId = await told();
  const path = `${PATH}/${endpointId}`;
  const form = {
    url: receiver.url,
    which: 'some',
    events: ['certificate.revoked'],
    description: 'x',
  };
  await browser.get(path);
  expect((await browser.postAndFollow(path, form)).html).toContain('Saved.');
  expect(await endpoints()).toMatchObject([{ events: ['certificate.revoked'], description: 'x' }]);
  const wrong = await browser.post(path, { ...form, url: 'nonsense' });
  expect(wrong).toMatchObject({ status: 400 });
  expect(wrong.html).toContain('value="nonsense"');

  await browser.postAndFollow(`${path}/test`, {});
  await tellNow(service.ctx);
  expect(receiver.received.at(-1)?.event.type).toBe('endpoint.test');

  receiver.answer = (response) => response.writeHead(503).end();
  await browser.postAndFollow(`${path}/test`, {});
  await tellNow(service.ctx);
  const question = await browser.get(`${path}/disable`);
  expect(question.html).toContain('what waits for it is given up: 1 delivery');
  const { html } = await browser.postAndFollow(`${path}/disable`, {});
  expect(html).toContain('Somebody of your company has disabled it.');
  expect((await browser.postAndFollow(`${path}/test`, {})).html).toContain('enable it first');
  expect((await browser.postAndFollow(`${path}/enable`, {})).html).toContain('is enabled');

  const log = await browser.get('/dashboard/audit?action=webhook.changed');
  expect(log.html).toContain(`<a href="${path}">${endpointId}</a>: enabled`);

  expect((await browser.get(`${path}/remove`)).html).toContain('This cannot be undone');
  for (let twice = 0; twice < 2; twice += 1) {
    const { location } = await browser.post(`${path}/remove`, {});
    expect(location).toBe(`${PATH}?notice=removed`);
  }
  expect((await browser.get(path)).status).toBe(404);
  const [one] = await deliveries();
  expect((await browser.get(`${PATH}/deliveries/${one!._id}`)).html).toContain('removed endpoint');
});

test('what happened since a time is sent again once that is confirmed', async () => {
  const endpointId = await told();
  const path = `${PATH}/${endpointId}/replay`;
  for (const since of ['', 'yesterday', '2026-02-30T10:00', '2099-01-01T00:00']) {
    const { status, html } = await browser.get(`${path}?since=${since}`);
    expect([since, status]).toEqual([since, 400]);
    expect(html).toContain('id="since-error"');
    expect(html).toContain(`value="${since}"`);
  }
  const { html } = await browser.get(`${path}?since=2026-01-01T00:00`);
  expect(html).toContain('Send 1 event again?');
  expect(html).toContain('under the same ids');
  const since = /name="since" value="([^"]+)"/.exec(html)![1]!;
  expect(since).toBe('2026-01-01T00:00:00.000Z');
  expect((await browser.postAndFollow(path, { since })).html).toContain('are being sent again');
  await deliverDue({ ctx: service.ctx, endpointId, signal: new AbortController().signal });
  const [first, second] = receiver.received;
  expect([second?.id, second?.body]).toEqual([first!.id, first!.body]);
});

test('viewers look and change nothing; other companies do not even look', async () => {
  const endpointId = await told();
  const [one] = await deliveries();
  const stranger = await signedInBrowser(service, await makeCompany(service.ctx));
  const pages = [`${PATH}/${endpointId}`, `${PATH}/deliveries/${one!._id}`];
  for (const page of pages) {
    expect((await viewer.get(page)).status).toBe(200);
    expect((await stranger.get(page)).status).toBe(404);
  }
  const before = await endpoints();
  for (const verb of ['', '/test', '/disable', '/enable', '/rotate', '/remove', '/replay']) {
    const path = `${PATH}/${endpointId}${verb}`;
    const form = { url: 'https://evil.example', which: 'all', since: '2026-01-01T00:00:00Z' };
    expect([verb, (await viewer.post(path, form)).status]).toEqual([verb, 403]);
    const { status, location } = await stranger.post(path, form);
    if (verb === '/remove') expect(location).toBe(`${PATH}?notice=removed`);
    else expect([verb, status]).toEqual([verb, 404]);
    if (verb !== '' && verb !== '/test' && verb !== '/enable') {
      expect((await viewer.get(path)).status).toBe(403);
    }
  }
  expect((await viewer.post(PATH, { url: 'https://evil.example' })).status).toBe(403);
  expect(await endpoints()).toEqual(before);
});
