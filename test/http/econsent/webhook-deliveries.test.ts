import { Webhook } from 'standardwebhooks';
import type { Context } from '../../../src/context';
import type { AuditAction } from '../../../src/store/audit-actions';
import { collections } from '../../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { wrongFields } from '../../helpers/operator';
import type { Received, Receiver } from '../../helpers/receiver';
import { type Service, startService } from '../../helpers/service';
import { listen, tellNow } from '../../helpers/webhooks';

const DELIVERIES = '/webhooks/deliveries';
const LONG_AGO = { since: '2026-01-01T00:00:00Z' };

let service: Service;
let ctx: Context;
let company: TestCompany;
let receiver: Receiver & { endpointId: string };
let at: string;

beforeAll(async () => {
  service = await startService();
  ({ ctx } = service);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
  receiver = await listen(ctx, company);
  at = `/webhooks/endpoints/${receiver.endpointId}`;
});
afterEach(() => receiver.close());
afterAll(() => service.close());

const get = (path: string) => service.get(path, { token: company.token });
const post = (path: string, body: unknown = {}, key?: string) =>
  service.post(path, body, {
    token: company.token,
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
  });
const list = async (query = '') => (await get(DELIVERIES + query)).body;
const auditOf = (action: AuditAction) =>
  collections(ctx).audit.countDocuments({ company_id: company.id, action });
const headersOf = ({ headers }: Received) => headers as Record<string, string>;

test('a test event goes to that endpoint alone, whatever it is told of, and once', async () => {
  const other = await listen(ctx, company);
  await service.call('PATCH', at, {
    token: company.token,
    body: { events: ['wallet.low_balance'] },
  });
  const [first, again] = [await post(`${at}/test`, {}, 'k'), await post(`${at}/test`, {}, 'k')];
  expect([first.status, again.status, again.body]).toEqual([202, 202, first.body]);
  await tellNow(ctx);
  expect(receiver.received.map(({ event }) => event)).toEqual([
    {
      type: 'endpoint.test',
      timestamp: expect.any(String),
      sequence: 1,
      data: { endpoint_id: receiver.endpointId },
    },
  ]);
  expect(other.received).toEqual([]);
  expect(await auditOf('webhook.tested')).toBe(1);

  const shown = await get(`${DELIVERIES}/${String(first.body.delivery_id)}`);
  expect(shown.body).toMatchObject({
    delivery_id: first.body.delivery_id,
    event_id: receiver.received[0]!.id,
    event: 'endpoint.test',
    status: 'delivered',
    next_attempt_at: null,
    attempts: [{ status: 204, failure: null, answer: '' }],
    body: receiver.received[0]!.body,
  });
  const { headers } = shown.body;
  expect(receiver.received[0]!.headers).toMatchObject(headers);
  expect(new Webhook(receiver.secret!).verify(shown.body.body, headers)).toBeTruthy();
  await post(`${at}/rotate`);
  await post(`${at}/rotate`);
  const later = await get(`${DELIVERIES}/${String(first.body.delivery_id)}`);
  expect(later.body.headers).toBeNull();
  await other.close();
});

test('for a day after a rotation the old secret signs along, those before it no more', async () => {
  const secrets = [receiver.secret!];
  receiver.secret = null;
  for (let i = 0; i < 2; i += 1) {
    const { body } = await post(`${at}/rotate`);
    secrets.push(body.secret);
    const left = Date.parse(body.previous_secret_until) - ctx.now().getTime();
    expect(left / 3_600_000).toBeCloseTo(24, 1);
  }
  await post(`${at}/test`);
  await tellNow(ctx);
  const [sent] = receiver.received;
  const verify = (secret: string, { body }: Received) =>
    new Webhook(secret).verify(body, headersOf(sent!));
  expect(() => verify(secrets[0]!, sent!)).toThrow();
  for (const secret of secrets.slice(1)) expect(verify(secret, sent!)).toBeTruthy();
  expect(() => verify(secrets[2]!, { ...sent!, body: `${sent!.body} ` })).toThrow();

  // A day later.
  const found = await ctx.store.webhookEndpoints.find(receiver.endpointId);
  const [current, previous] = found!.secrets;
  await ctx.store.webhookEndpoints.change(company.id, receiver.endpointId, {
    secrets: [current!, { ...previous!, until: ctx.now() }],
  });
  await post(`${at}/test`);
  await tellNow(ctx);
  const later = receiver.received[1]!;
  expect(later.headers['webhook-signature']).not.toContain(' ');
  expect(new Webhook(secrets[2]!).verify(later.body, headersOf(later))).toBeTruthy();
});

test('a replay sends everything again by the same ids, once for a repeated call', async () => {
  const before = await makeCertificate(ctx, company);
  await tellNow(ctx);
  const [first] = receiver.received;
  const asked = await post(`${at}/replay`, LONG_AGO, 'r');
  const repeated = await post(`${at}/replay`, LONG_AGO, 'r');
  expect([asked.status, asked.body, repeated.body]).toEqual([
    202,
    { endpoint_id: receiver.endpointId, since: '2026-01-01T00:00:00.000Z' },
    asked.body,
  ]);
  // While that is under way, a shorter one takes nothing from it.
  const shorter = await post(`${at}/replay`, { since: ctx.now().toISOString() });
  expect(shorter.body.since).toBe(asked.body.since);
  await makeCertificate(ctx, company);
  await tellNow(ctx);
  expect(receiver.received).toHaveLength(3);
  const again = receiver.received.filter(({ id }) => id === first!.id);
  expect(again.map(({ body }) => body)).toEqual([first!.body, first!.body]);
  expect(first!.event.data.certificate_id).toBe(before.id);
  expect(await auditOf('webhook.replayed')).toBe(2);
  expect((await ctx.store.webhookEndpoints.find(receiver.endpointId))?.replay).toBeNull();
});

test('one that has failed is delivered again, as it was', async () => {
  receiver.answer = (response) => response.writeHead(500).end('down');
  await makeCertificate(ctx, company);
  await tellNow(ctx);
  const { delivery_id: id } = (await list()).deliveries[0];
  const waiting = (await get(`${DELIVERIES}/${String(id)}`)).body;
  expect(waiting).toMatchObject({
    status: 'waiting',
    next_attempt_at: expect.any(String),
    attempts: [{ status: 500, failure: 'status', answer: 'down' }],
  });
  receiver.answer = null;
  const redeliver = () => post(`${DELIVERIES}/${String(id)}/redeliver`, {}, 'd');
  expect([(await redeliver()).status, (await redeliver()).body]).toEqual([
    202,
    { delivery_id: id },
  ]);
  await tellNow(ctx);
  expect((await list()).deliveries[0]).toMatchObject({
    status: 'delivered',
    attempts: [{ status: 500 }, { status: 204 }],
  });
  expect(receiver.received[1]).toMatchObject({
    id: receiver.received[0]!.id,
    body: receiver.received[0]!.body,
  });
  expect(await auditOf('webhook.redelivered')).toBe(1);

  const other = await makeCompany(ctx);
  for (const path of [`${DELIVERIES}/${String(id)}`, `${DELIVERIES}/dlv_nobody`]) {
    const stranger = await service.get(path, { token: other.token });
    expect(stranger.body).toEqual({ status: 404, error: 'Webhook delivery not found' });
    const again = await service.post(`${path}/redeliver`, {}, { token: other.token });
    expect(again.status).toBe(404);
  }
  expect((await service.get(DELIVERIES, { token: other.token })).body.deliveries).toEqual([]);
  await service.call('DELETE', at, { token: company.token });
  const gone = await post(`${DELIVERIES}/${String(id)}/redeliver`);
  expect(gone.body.error).toBe('Webhook endpoint not found');
});

test('the list has filters and pages', async () => {
  const other = await listen(ctx, company, ['certificate.created']);
  const { id } = await makeCertificate(ctx, company);
  await post(`/certificates/${id}/revoke`);
  other.answer = (response) => response.writeHead(503).end();
  await tellNow(ctx);

  const events = async (query: string) =>
    (await list(query)).deliveries.map(({ event }: { event: string }) => event).sort();
  expect(await events(`?endpoint_id=${receiver.endpointId}`)).toEqual([
    'certificate.created',
    'certificate.revoked',
  ]);
  expect(await events('?status=waiting')).toEqual(['certificate.created']);
  expect(await events('?status=delivered&event=certificate.revoked')).toHaveLength(1);
  expect(await events(`?endpoint_id=${other.endpointId}&status=delivered`)).toEqual([]);
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await list(`?limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...page.deliveries.map((one: { delivery_id: string }) => one.delivery_id));
    cursor = page.next_cursor;
  }
  expect([seen.length, new Set(seen).size]).toEqual([3, 3]);
  await other.close();
});

test.each([
  ['?state=failed', 'state'],
  ['?status=lost', 'status'],
  ['?event=certificate.burnt', 'event'],
  ['?cursor=x', 'cursor'],
  ['?limit=0', 'limit'],
])('a list of %s is refused, naming %s', async (query, field) => {
  expect(wrongFields(await get(DELIVERIES + query))).toEqual([field]);
});

test.each([
  [{}, 'since'],
  [{ since: 'yesterday' }, 'since'],
  [{ since: '2999-01-01T00:00:00Z' }, 'since'],
])('a replay of %j is refused, naming %s', async (body, field) => {
  const reply = await post(`${at}/replay`, body);
  expect([reply.status, wrongFields(reply)]).toEqual([400, [field]]);
  expect(await auditOf('webhook.replayed')).toBe(0);
});
