import { removedId } from '../../../src/core/identifiers/removed-ids';
import { collections } from '../../helpers/collections';
import { DAY_MS } from '../../../src/lib/durations';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { operatorClient } from '../../helpers/operator';
import { type Reply, type Service, startService } from '../../helpers/service';
import {
  aged,
  asRemoved,
  certificateOf,
  named,
  PERSON,
  revoke,
  setPolicy,
  sweepAndClean,
  YEAR,
} from './scene';

let service: Service;
let company: TestCompany;
const scene = () => ({ ctx: service.ctx, company });
const operator = operatorClient(() => service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

async function cleaned(action: 'delete' | 'anonymise' | 'archive', revoked: boolean) {
  const { id, sessionId } = await aged(scene(), 400, PERSON);
  if (revoked) await revoke(scene(), id);
  await setPolicy(scene(), { action, ...YEAR });
  await sweepAndClean(scene());
  return { id, sessionId };
}

/** The answers to the five calls: the status, and the error of a refusal. */
async function verify({ id, sessionId }: { id: string; sessionId: string }): Promise<string[]> {
  const { ids, propertyId } = company;
  const calls: [string, object][] = [
    ['match', { ...ids, certificate_id: id, consent: CONSENT }],
    ['partial-match', { ...ids, certificate_id: id, term: 'calls' }],
    ['certificate-info', { ...ids, certificate_id: id, property_id: propertyId }],
    [`session/${company.id}`, { session_id: sessionId, property_id: propertyId }],
    [`certificate/${company.id}`, { session_id: sessionId, property_id: propertyId }],
  ];
  const replies: Reply[] = [];
  for (const [path, body] of calls) replies.push(await service.post(`/verify/${path}`, body));
  return replies.map(({ status, body }) =>
    [status, (body as { error?: string }).error ?? ''].join(' ').trim(),
  );
}

function register(sessionId: string, text = CONSENT): Promise<Reply> {
  const { token, propertyId: property_id } = company;
  const origin = 'https://example.com/signup';
  const consents = [{ type: 'tcpa-express-consent', text }];
  const body = { property_id, session_id: sessionId, origin, consents };
  return service.post('/certificates', body, { token });
}

async function spent(): Promise<number> {
  const { body } = await service.get('/wallet', { token: company.token });
  return 10_000_000 - (body.available_microusd as number);
}

describe.each(['delete', 'archive'] as const)('%s', (action) => {
  test('a revoked tombstone answers 403 to all five calls, and blocks its session', async () => {
    const gone = await cleaned(action, true);
    expect(await verify(gone)).toEqual(Array(5).fill('403 This session has opted out'));
    for (const reply of [await register(gone.sessionId), await register(gone.sessionId, 'New')]) {
      expect(reply.status).toBe(403);
      expect(reply.body.error).toBe('This session has opted out');
    }
    expect(await spent()).toBe(0);
  });

  test('an unrevoked tombstone is unknown to all five calls, and blocks its session', async () => {
    const gone = await cleaned(action, false);
    expect(await verify(gone)).toEqual([
      ...Array<string>(3).fill('404 Certificate not found'),
      ...Array<string>(2).fill('404 Session not found'),
    ]);
    const reply = await register(gone.sessionId);
    expect(reply.status).toBe(409);
    expect(reply.body.error).toBe('The certificate of this session was removed');
    expect(await spent()).toBe(0);
  });
});

test.each([
  ['/opt-out', (id: string) => ({ company_id: company.id, certificate_id: id })],
  ['revoke', () => ({})],
])('a removed certificate can still be revoked by %s', async (path, body) => {
  const gone = await cleaned('delete', false);
  const url = path === 'revoke' ? `/certificates/${gone.id}/revoke` : path;
  const reply = await service.post(url, body(gone.id), { token: company.token });
  expect(reply.body).toMatchObject({ success: true, revoked: 1, certificates: [gone.id] });
  expect(new Set(await verify(gone))).toEqual(new Set(['403 This session has opted out']));
});

test('a tombstone of a certificate that was opted out of calls refuses calls, and takes the rest', async () => {
  const { id } = await aged(scene(), 400, PERSON);
  const optOut = (channels: string[]) =>
    service.post(
      '/opt-out',
      { company_id: company.id, email: PERSON.email, channels },
      { token: company.token },
    );
  const check = async (channel?: string) => {
    const body = { ...company.ids, certificate_id: id, consent: CONSENT, channel };
    return (await service.post('/verify/match', body)).status;
  };
  expect((await optOut(['call'])).body.revoked).toBe(1);
  await setPolicy(scene(), { action: 'delete', ...YEAR });
  await sweepAndClean(scene());
  const tombstone = await certificateOf(scene(), id);
  expect(tombstone).toMatchObject({
    data: 'removed',
    email: null,
    email_hash: expect.any(String),
    opt_out: { revoke: false, channels: ['call'], requests: [{ method: 'api' }] },
  });
  expect(JSON.stringify(tombstone)).not.toContain(id);
  expect([await check('call'), await check('text'), await check()]).toEqual([403, 404, 403]);
  // Its hashes are still there: whoever opts out of the rest is found by them.
  expect((await optOut(['text', 'email'])).body.revoked).toBe(1);
  expect([await check('text'), await check()]).toEqual([403, 403]);
  const actions = await Promise.all(
    ['certificate.channels_revoked', 'certificate.revoked'].map((one) => named(scene(), one)),
  );
  expect(actions).toEqual([asRemoved(scene(), [id]), asRemoved(scene(), [id])]);
});

test('what a person opted out of is remembered when nothing else of them is left', async () => {
  await cleaned('delete', false);
  const before = await collections(service.ctx).suppressions.countDocuments();
  const body = { company_id: company.id, ...PERSON };
  await service.post('/opt-out', body, { token: company.token });
  // Of another certificate, which was revoked before it was removed.
  const revoked = await aged(scene(), 400, { email: 'ann@example.com' });
  await service.post(
    '/opt-out',
    { company_id: company.id, email: 'ann@example.com' },
    { token: company.token },
  );
  await sweepAndClean(scene());
  expect((await certificateOf(scene(), revoked.id)).data).toBe('removed');
  expect(await collections(service.ctx).suppressions.countDocuments()).toBe(before + 3);
  const yesterday = new Date(Date.now() - DAY_MS);
  for (const [given_at, revoke] of [
    [yesterday, true],
    [undefined, false],
  ] as const) {
    for (const person of [{ mobile: PERSON.mobile }, { email: 'Ann@example.com' }]) {
      const consents = [{ type: 'tcpa', text: CONSENT, given_at }];
      const { id } = await makeCertificate(service.ctx, company, { ...person, consents });
      const { opt_out } = await certificateOf(scene(), id);
      expect([person, opt_out]).toMatchObject([
        person,
        { revoke, method: revoke ? 'standing' : null },
      ]);
    }
  }
});

test('a tombstone shows what proves the revocation, and nothing else', async () => {
  const gone = await cleaned('delete', true);
  const { body } = await service.get(`/certificates/${gone.id}`, { token: company.token });
  expect(body).toMatchObject({
    certificate_id: removedId({ ctx: service.ctx, id: gone.id }),
    session_id: expect.stringMatching(/^removed_/) as string,
    data: 'removed',
    email: null,
    mobile: null,
    origin: '',
    consents: [],
    events: {},
    cleaned_at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    opt_out: { revoke: true, method: 'api', revoked_at: expect.any(String) as string },
  });
  const list = await service.get('/certificates?email=jo@example.com', { token: company.token });
  expect(list.body.certificates).toMatchObject([
    { certificate_id: body.certificate_id as string, data: 'removed' },
  ]);
});

test('an anonymised certificate still answers; only its recording is missing', async () => {
  const gone = await cleaned('anonymise', false);
  expect(await verify(gone)).toEqual(['200', '200', '200', '404 Session not found', '200']);
  const info = await service.post('/verify/certificate-info', {
    ...company.ids,
    certificate_id: gone.id,
    property_id: company.propertyId,
  });
  expect(info.body).toMatchObject({ has_consents: true, events_combined: {} });
  const { body } = await service.get(`/certificates/${gone.id}`, { token: company.token });
  expect(body).toMatchObject({ data: 'anonymised', email: null, origin: 'https://example.com' });
});

test('a certificate that was not cleaned says so', async () => {
  const { id } = await aged(scene(), 400);
  const { body } = await service.get(`/certificates/${id}`, { token: company.token });
  expect(body).toMatchObject({ data: 'full', cleaned_at: null });
});

describe('GET /operator/companies/:company_id/cleanups', () => {
  const list = (query = '') => operator('GET', `/companies/${company.id}/cleanups${query}`);

  test('shows steps and counts, newest first, in pages, by state', async () => {
    await cleaned('archive', false);
    const { id } = await aged(scene(), 400);
    await sweepAndClean(scene());
    const { body } = await list();
    expect(body.next_cursor).toBeNull();
    expect(body.cleanups).toHaveLength(2);
    expect(body.cleanups[0]).toEqual({
      cleanup_id: expect.stringMatching(/^cln_/),
      subject: 'certificates',
      action: 'archive',
      state: 'done',
      failed: false,
      named: 1,
      skipped: 0,
      steps: expect.objectContaining({
        archive: { state: 'done', at: expect.any(String), error: null, cleaned: 1 },
        recording: { state: 'done', at: expect.any(String), error: null, cleaned: 1 },
        certificate: { state: 'done', at: expect.any(String), error: null, cleaned: 1 },
        indexes: { state: 'done', at: expect.any(String), error: null, cleaned: 1 },
        uploads: { state: 'not_needed', at: null, error: null, cleaned: 0 },
      }),
      archive: {
        archive_id: expect.stringMatching(/^arc_/),
        lines: 1,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        bytes: expect.any(Number),
      },
      requested_at: expect.any(String),
      completed_at: expect.any(String),
    });
    expect(JSON.stringify(body)).not.toContain(id);
    const first = await list('?limit=1');
    const second = await list(`?limit=1&cursor=${String(first.body.next_cursor)}`);
    expect([...first.body.cleanups, ...second.body.cleanups]).toEqual(body.cleanups);
    expect((await list('?state=done')).body.cleanups).toHaveLength(2);
    expect((await list('?state=pending')).body.cleanups).toEqual([]);
    expect((await list('?state=failed')).body.cleanups).toEqual([]);
  });

  test('shows failures, and the gauge counts them', async () => {
    await cleaned('delete', false);
    const cleanup = await collections(service.ctx).cleanups.findOneAndUpdate(
      { company_id: company.id },
      { $set: { state: 'pending', 'steps.recording.state': 'pending' } },
    );
    const id = cleanup!._id;
    await service.ctx.store.cleanups.failStep(id, 'recording', 'unavailable', new Date());
    const { body } = await list('?state=failed');
    expect(body.cleanups).toMatchObject([
      { failed: true, steps: { recording: { state: 'failed', error: 'unavailable' } } },
    ]);
    const metrics = (await service.get('/metrics')).body as string;
    expect(metrics).toMatch(/^rescind_cleanups_failed 1$/m);
    expect(metrics).toMatch(/^rescind_outbox_lag_seconds\{source="cleanups"\} \d*\.\d+$/m);
  });

  test('refuses bad requests', async () => {
    expect((await operator('GET', '/companies/none/cleanups')).status).toBe(404);
    expect((await list('?state=gone')).body.details).toMatchObject([{ path: 'state' }]);
    expect((await list('?cursor=x')).body.details).toMatchObject([{ path: 'cursor' }]);
    const reply = await service.get(`/operator/companies/${company.id}/cleanups`, {
      token: company.token,
    });
    expect(reply.status).toBe(401);
  });
});
