import { handOver } from '../../../src/queue/outbox';
import { collections } from '../../helpers/collections';
import { until } from '../../helpers/until';
import { type AttestrScene, expectError, openAttestr, TERMS } from './scene';

let scene: AttestrScene;
let { service, company, call, register, revoke } = {} as AttestrScene;

beforeAll(async () => {
  scene = await openAttestr();
  ({ service, company, call, register, revoke } = scene);
});
afterAll(() => service.close());

const get = (id: string) => call('GET', `/consent/${id}`);
const versions = (id: string) =>
  collections(service.ctx).consents.find({ consent_id: id }).sort({ version: 1 }).toArray();

test('registers a consent and shows it', async () => {
  const reply = await call('POST', '/consent', { body: TERMS });
  expect(reply.status).toBe(200);
  const { _id } = reply.body;
  expect(_id).toMatch(/^CX[0-9a-f]{32}$/);
  const { status, body } = await get(_id);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    _id,
    status: 'active',
    ...TERMS,
    retention_policy: null,
    created_at: reply.body.created_at,
    revoked_at: null,
    revocation_id: null,
  });
});

test('keeps the subject as given, next to its keyed hashes', async () => {
  const [record] = await versions(await register());
  expect(record?.terms?.subject).toEqual(TERMS.subject);
  const { identifiers } = service.ctx;
  expect(record?.email_hash).toBe(identifiers.ofPerson('email', 'ann@example.com'));
  expect(record?.mobile_hash).toBe(identifiers.ofPerson('mobile', '+14155550100'));
});

test('modifies a consent by adding a version', async () => {
  const id = await register();
  const [original] = await versions(id);
  const change = { purposes: ['kyc'], subject: { email: 'ann@example.org' } };
  const { status, body } = await call('PATCH', `/consent/${id}`, { body: change });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    _id: id,
    purposes: ['kyc'],
    text: TERMS.text,
    subject: { ...TERMS.subject, email: 'ann@example.org' },
  });
  expect((await get(id)).body).toEqual(body);
  const [first, second] = await versions(id);
  expect(first).toEqual(original);
  expect(second).toMatchObject({
    version: 1,
    email_hash: service.ctx.identifiers.ofPerson('email', 'ann@example.org'),
  });
});

test('revokes; a repeat gets 200 with the first time, and everything but GET is refused', async () => {
  const id = await register();
  const [original] = await versions(id);
  const first = await revoke(id, { body: { reason: 'asked by phone' } });
  expect(first.status).toBe(200);
  expect(first.body).toEqual({
    _id: id,
    status: 'revoked',
    revoked_at: expect.stringMatching(/Z$/),
    revocation_id: expect.stringMatching(/^crv_/),
  });
  expect(await revoke(id)).toMatchObject({ status: 200, body: first.body });
  expect((await get(id)).body).toMatchObject({
    status: 'revoked',
    revoked_at: first.body.revoked_at,
    reason: 'asked by phone',
    ...TERMS,
  });
  expectError(await call('PATCH', `/consent/${id}`, { body: { text: 'other' } }), 4031);
  expect(await versions(id)).toHaveLength(2);
  expect((await versions(id))[0]).toEqual(original);
});

test('revokes as the document shows: Content-Type and no body', async () => {
  const headers = { 'content-type': 'application/json' };
  expect((await revoke(await register(), { headers })).status).toBe(200);
});

test('of simultaneous revocations and changes one revocation wins, and nothing follows it', async () => {
  const id = await register();
  const replies = await Promise.all([
    ...Array.from({ length: 6 }, () => revoke(id)),
    ...Array.from({ length: 4 }, (_, i) =>
      call('PATCH', `/consent/${id}`, { body: { text: `change ${String(i)}` } }),
    ),
  ]);
  const revocations = replies.slice(0, 6);
  expect(revocations.map(({ status }) => status)).toEqual(Array(6).fill(200));
  expect(new Set(revocations.map(({ body }) => body.revocation_id as string)).size).toBe(1);
  const all = await versions(id);
  const changed = replies.slice(6).filter(({ status }) => status === 200);
  for (const refused of replies.slice(6).filter(({ status }) => status !== 200)) {
    expectError(refused, 4031);
  }
  expect(all.map(({ status }) => status)).toEqual([
    ...Array(changed.length + 1).fill('granted'),
    'revoked',
  ]);
});

test('repeats under an Idempotency-Key do nothing', async () => {
  const headers = { 'idempotency-key': 'one' };
  const id = await register({}, { headers });
  expect(await register({}, { headers })).toBe(id);
  const keys = { headers: { 'idempotency-key': 'two' } };
  const first = await revoke(id, keys);
  const again = await revoke(id, keys);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  const kept = await collections(service.ctx).idempotency.find({}).toArray();
  expect(JSON.stringify(kept)).not.toMatch(/example\.com/i);
});

describe('the audit trail', () => {
  const audit = (id: string, query = '', headers: Record<string, string> = {}) =>
    call('GET', `/consent/${id}/audit${query}`, { headers });

  test('has creation, modification and revocation, newest first', async () => {
    const id = await register();
    await call('PATCH', `/consent/${id}`, { body: { text: 'other' } });
    const { body: revoked } = await revoke(id, { body: { reason: 'done' } });
    const { status, body } = await audit(id);
    expect(status).toBe(200);
    expect(body.events.map((event: { action: string }) => event.action)).toEqual([
      'consent.revoked',
      'consent.modified',
      'consent.created',
    ]);
    expect(body.events[0]).toEqual({
      event_id: `${String(revoked.revocation_id)}.0`,
      at: revoked.revoked_at,
      action: 'consent.revoked',
      method: 'api',
      actor: company.actor,
      reason: 'done',
      ip: '127.0.0.1',
    });
    const own = await service.get('/audit?action=consent.revoked&limit=1', company);
    expect(own.body.entries[0]).toMatchObject({ consents: [id], certificates: [], method: 'api' });
  });

  test('comes in pages', async () => {
    const id = await register();
    await revoke(id);
    const first = (await audit(id, '?limit=1')).body;
    const second = (await audit(id, `?limit=1&cursor=${String(first.next_cursor)}`)).body;
    expect([...first.events, ...second.events]).toEqual((await audit(id)).body.events);
    expect(second.next_cursor).toBeNull();
    expectError(await audit(id, '?cursor=x'), 4001, 'cursor must be a next_cursor of this list');
  });

  test('comes as CSV, in which no cell starts a formula', async () => {
    const id = await register();
    await revoke(id, { body: { reason: '=HYPERLINK("http://evil.example","x")' } });
    const csv = await audit(id, '?format=csv');
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [head, revoked, created, end] = (csv.body as string).split('\n');
    expect(head).toBe('event_id,at,action,method,actor,reason,ip');
    expect(revoked).toContain(`,"'=HYPERLINK(""http://evil.example"",""x"")",127.0.0.1`);
    expect(created).toContain('consent.created');
    expect(end).toBe('');
    expect((await audit(id, '', { accept: 'text/csv' })).body).toBe(csv.body);
    expect((await audit(id, '?format=json', { accept: 'text/csv' })).body.events).toHaveLength(2);
  });

  test('is complete as CSV, however long it is', async () => {
    const id = await register();
    const { consents } = { consents: [id] };
    await service.ctx.store.audit.appendMany(
      Array.from({ length: 450 }, (_, i) => ({
        _id: `${id}.event.${String(i)}`,
        company_id: company.id,
        at: new Date(1_700_000_000_000 + i),
        action: 'consent.modified',
        method: 'api',
        actor: { type: 'api_key' as const, id: 'key' },
        reason: null,
        certificates: [],
        consents,
        ip: null,
      })),
    );
    const { body } = await audit(id, '?format=csv');
    const ids = (body as string)
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(',')[0]);
    expect(ids).toHaveLength(451);
    expect(new Set(ids).size).toBe(451);
  });

  test('is refused for an unknown consent, as CSV too', async () => {
    expectError(await audit('none'), 4031);
    expectError(await audit('none', '?format=csv'), 4031);
    expectError(await audit('none', '?format=pdf'), 4001, expect.stringContaining('format'));
  });
});

test('hands the follow-up to the queue, with ids only', async () => {
  const id = await register();
  const { body } = await revoke(id);
  const { queues, store } = service.ctx;
  await until('it is enqueued', async () => {
    const found = await store.consentRevocations.find(body.revocation_id as string);
    return found?.enqueued_at;
  });
  const jobs = await queues.byName['opt-outs'].getJobs(['waiting', 'prioritized', 'delayed']);
  const mine = jobs.filter(
    ({ data }) => (data as { revocation_id?: string }).revocation_id === body.revocation_id,
  );
  expect(mine.map(({ name, data }) => [name, data as unknown])).toEqual([
    ['follow-up-consent', { region: 'default', revocation_id: body.revocation_id }],
  ]);
  // Asking again adds no second job while the first one waits.
  await handOver(store, queues, 'consentRevocations', [body.revocation_id as string]);
  expect(await queues.byName['opt-outs'].getJob(mine[0]!.id!)).toBeTruthy();
});
