import { createToken } from '../../../src/core/credentials/create-token';
import { WEBHOOK_EVENTS } from '../../../src/core/webhooks/endpoint-fields';
import { createEndpoint } from '../../../src/core/webhooks/create-endpoint';
import type { Context } from '../../../src/context';
import type { AuditAction } from '../../../src/store/audit-actions';
import { collections, database } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { wrongFields } from '../../helpers/operator';
import { type Receiver, startReceiver } from '../../helpers/receiver';
import { type Service, startService } from '../../helpers/service';
import { tellNow } from '../../helpers/webhooks';

const PATH = '/webhooks/endpoints';
const URL = 'https://example.com/hook';

let service: Service;
let ctx: Context;
let company: TestCompany;
let receiver: Receiver;

beforeAll(async () => {
  service = await startService();
  ({ ctx } = service);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
  receiver = await startReceiver();
});
afterEach(() => receiver.close());
afterAll(() => service.close());

const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  service.call(method, path, {
    token: company.token,
    ...(body !== undefined && { body }),
    headers,
  });
const add = (body: object, key?: string) =>
  call('POST', PATH, body, key === undefined ? {} : { 'idempotency-key': key });
const listed = async () => (await call('GET', PATH)).body.endpoints;
const auditOf = (action: AuditAction) =>
  collections(ctx).audit.find({ company_id: company.id, action }).toArray();
/** Everything in the database, as text. */
const dump = async () => {
  const kept = await database(ctx).collections();
  return JSON.stringify(await Promise.all(kept.map((one) => one.find().toArray())));
};

test('the life of an endpoint: added, told, changed, switched off and on, removed', async () => {
  const made = await add({
    url: receiver.url,
    events: ['certificate.created'],
    description: 'CRM',
  });
  expect(made.status).toBe(201);
  const { secret, ...endpoint } = made.body;
  receiver.secret = secret;
  expect(endpoint).toMatchObject({
    endpoint_id: expect.stringMatching(/^we_/),
    url: receiver.url,
    events: ['certificate.created'],
    description: 'CRM',
    enabled: true,
    sequence: 0,
    previous_secret_until: null,
  });
  expect(await listed()).toEqual([endpoint]);
  const at = `${PATH}/${String(endpoint.endpoint_id)}`;

  const { id } = await makeCertificate(ctx, company);
  await call('POST', `/certificates/${id}/revoke`, {});
  await tellNow(ctx);
  expect(receiver.received.map(({ event }) => event.type)).toEqual(['certificate.created']);

  const changed = await call('PATCH', at, { events: null, description: '' });
  expect(changed.body).toMatchObject({ events: null, description: '', url: receiver.url });
  await call('POST', `/certificates/${(await makeCertificate(ctx, company)).id}/revoke`, {});
  await tellNow(ctx);
  expect(receiver.received.map(({ event }) => event.type).slice(1)).toEqual([
    'certificate.created',
    'certificate.revoked',
  ]);

  const off = await call('PATCH', at, { enabled: false });
  expect(off.body).toMatchObject({ enabled: false, disabled_reason: 'by_company' });
  for (const [verb, body] of [
    ['test', {}],
    ['replay', { since: '2026-01-01T00:00:00Z' }],
  ] as const)
    expect((await call('POST', `${at}/${verb}`, body)).body.error).toBe(
      'The webhook endpoint is disabled',
    );
  const on = await call('PATCH', at, { enabled: true });
  expect(on.body).toMatchObject({ enabled: true, disabled_reason: null, disabled_at: null });
  await makeCertificate(ctx, company);
  await tellNow(ctx);
  expect(receiver.received).toHaveLength(4);

  expect((await call('DELETE', at)).status).toBe(204);
  expect((await call('DELETE', at)).status).toBe(404);
  expect(await listed()).toEqual([]);
  for (const action of ['webhook.created', 'webhook.removed'] as const)
    expect(await auditOf(action)).toHaveLength(1);
  const reasons = (await auditOf('webhook.changed')).map(({ reason }) => reason?.split(': ')[1]);
  expect(reasons.sort()).toEqual(['enabled', 'enabled', 'events, description']);
});

test('a secret is in one answer and nowhere else; a repeat makes nothing and leaves it out', async () => {
  const first = await add({ url: URL }, 'k-1');
  const again = await add({ url: URL }, 'k-1');
  const { secret, ...endpoint } = first.body;
  expect(again.body).toEqual(endpoint);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(await listed()).toEqual([endpoint]);
  const at = `${PATH}/${String(endpoint.endpoint_id)}`;

  const rotate = () => call('POST', `${at}/rotate`, {}, { 'idempotency-key': 'k-2' });
  const rotated = await rotate();
  expect(rotated.body.secret).toMatch(/^whsec_/);
  expect((await rotate()).body).toEqual({
    previous_secret_until: rotated.body.previous_secret_until,
  });
  expect(await auditOf('webhook.secret_rotated')).toHaveLength(1);
  const kept = await dump();
  const seen = JSON.stringify([await listed(), await call('PATCH', at, { description: 'x' })]);
  for (const one of [secret, rotated.body.secret] as string[]) {
    expect(kept).not.toContain(one);
    expect(kept).not.toContain(one.slice('whsec_'.length));
    expect(seen).not.toContain(one);
  }
  const remove = () => call('DELETE', at, undefined, { 'idempotency-key': 'k-3' });
  expect([(await remove()).status, (await remove()).status]).toEqual([204, 204]);
});

test.each([
  [{}, 'url', 'is required'],
  [{ url: 'example.com/hook' }, 'url', 'must be a URL'],
  [{ url: 'https://example.com/a\nb' }, 'url', 'must be a URL'],
  [{ url: 'ftp://example.com' }, 'url', 'must begin with https:// or http://'],
  [{ url: 'https://ann:secret@example.com' }, 'url', 'must not contain a user or a password'],
  [
    { url: `https://example.com/${'x'.repeat(2_000)}` },
    'url',
    'must have at most 2,000 characters',
  ],
  [{ url: 7 }, 'url', 'must be a text'],
  [{ url: URL, events: [] }, 'events', 'must have at least 1 item'],
  [
    { url: URL, events: ['certificate.revoked', 'certificate.burnt'] },
    'events.1',
    `must be one of ${WEBHOOK_EVENTS.join(', ')}`,
  ],
  [{ url: URL, events: ['endpoint.test'] }, 'events.0', expect.any(String)],
  [{ url: URL, description: 'x'.repeat(201) }, 'description', 'must have at most 200 characters'],
  [{ url: URL, description: 'a\nb' }, 'description', 'must not contain control characters'],
])('%j is refused, naming %s', async (body, field, message) => {
  const { status, body: refusal } = await add(body);
  expect([status, refusal.details]).toEqual([400, [{ path: field, message }]]);
  expect(await listed()).toEqual([]);
});

test('in production only https to the public internet is taken', async () => {
  const strict = { ...ctx, config: { ...ctx.config, production: true } };
  const adding = (url: string) =>
    createEndpoint({ ctx: strict, companyId: company.id, caller: CALLER, fields: { url } });
  for (const url of [
    ...['http://example.com', 'https://127.0.0.1', 'https://2130706433', 'https://localhost'],
    ...['https://[::ffff:10.0.0.1]/', 'https://169.254.169.254/latest', 'https://example.com:25'],
  ]) {
    await expect(adding(url)).rejects.toMatchObject({
      code: 'invalid_request',
      extra: { details: [{ path: 'url', message: expect.stringMatching(/^must (begin|have)/) }] },
    });
  }
});

test('a change has to name something, and changes nothing where it is refused', async () => {
  const { body } = await add({ url: URL, description: 'before' });
  const at = `${PATH}/${String(body.endpoint_id)}`;
  expect(wrongFields(await call('PATCH', at, {}))).toEqual(['body']);
  expect(wrongFields(await call('PATCH', at, { url: 'nonsense', enabled: false }))).toEqual([
    'url',
  ]);
  expect(wrongFields(await call('PATCH', at, { enabled: 'no' }))).toEqual(['enabled']);
  const { secret: _secret, ...before } = body;
  expect(await listed()).toEqual([before]);
  // The same again is no change.
  expect((await call('PATCH', at, { url: URL, enabled: true })).body).toEqual(before);
  expect(await auditOf('webhook.changed')).toEqual([]);
});

test('a company has 50; of two that ask for the last place one gets it', async () => {
  const { endpoint_id } = (await add({ url: URL })).body;
  const first = await ctx.store.webhookEndpoints.find(endpoint_id);
  const others = Array.from({ length: 50 }, (_, slot) => slot).filter(
    (slot) => slot !== first!.slot,
  );
  const more = others.slice(1).map((slot) => ({ ...first!, _id: `${first!._id}-${slot}`, slot }));
  await collections(ctx).webhookEndpoints.insertMany(more);
  const last = await Promise.all([add({ url: URL }), add({ url: URL })]);
  expect(last.map(({ status }) => status).sort()).toEqual([201, 400]);
  const refused = last.find(({ status }) => status === 400);
  expect(refused?.body.details).toEqual([
    { path: 'url', message: 'cannot be added: a company has at most 50 endpoints' },
  ]);
  expect(await listed()).toHaveLength(50);
});

test('another company’s endpoint looks unknown, and a token without the scope gets nothing', async () => {
  const { body } = await add({ url: URL });
  const at = `${PATH}/${String(body.endpoint_id)}`;
  const other = await makeCompany(ctx);
  const calls: [string, string, unknown?][] = [
    ['PATCH', at, { enabled: false }],
    ['DELETE', at],
    ['POST', `${at}/rotate`, {}],
    ['POST', `${at}/test`, {}],
    ['POST', `${at}/replay`, { since: '2026-01-01T00:00:00Z' }],
  ];
  const { token: limited } = await createToken({
    ctx,
    companyId: company.id,
    caller: CALLER,
    input: { label: 'x', scopes: ['audit'] },
  });
  for (const [method, path, given] of calls) {
    const as = (token: string) =>
      service.call(method, path, { token, ...(given !== undefined && { body: given }) });
    expect([path, (await as(other.token)).body]).toEqual([
      path,
      { status: 404, error: 'Webhook endpoint not found' },
    ]);
    expect([path, (await as(limited)).status]).toEqual([path, 403]);
  }
  expect(await listed()).toMatchObject([{ enabled: true, previous_secret_until: null }]);
});
