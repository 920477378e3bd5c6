import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { until } from '../helpers/until';
import { KEY_LEASE_MS } from '../../src/core/idempotency/hold-key';
import { revokeCertificate } from '../../src/core/revocations/revoke-certificate';
import { countMovements } from '../helpers/wallet';

let service: Service;
let company: TestCompany;
let certificate: { id: string; sessionId: string };

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  certificate = await makeCertificate(service.ctx, company);
});

const keyed = (path: string, body: object, key: string) =>
  service.post(path, body, { token: company.token, headers: { 'idempotency-key': key } });
const match = (key: string, change: object = {}) =>
  keyed('/verify/match', { certificate_id: certificate.id, consent: CONSENT, ...change }, key);
const charges = () => countMovements(service.ctx, company.id, 'check_match');

test('gives the first answer again, and charges once', async () => {
  const first = await match('k1');
  const again = await match('k1');
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.status).toBe(200);
  expect(again.body).toEqual(first.body);
  expect(await charges()).toBe(1);
});

test('charges once when one key is used 50 times at once', async () => {
  const replies = await Promise.all(Array.from({ length: 50 }, () => match('k2')));
  const statuses = new Set(replies.map(({ status }) => status));
  statuses.delete(200);
  statuses.delete(409);
  expect([...statuses]).toEqual([]);
  const firsts = replies.filter((r) => r.status === 200 && !r.headers.has('idempotent-replayed'));
  expect(firsts).toHaveLength(1);
  expect(await charges()).toBe(1);
  const later = await match('k2');
  expect(later.body).toEqual(firsts[0]?.body);
});

test('answers 403 without a charge when the consent was revoked before a replay', async () => {
  await match('k3');
  await revokeCertificate({
    ctx: service.ctx,
    companyId: company.id,
    certificateId: certificate.id,
    method: 'api',
    caller: CALLER,
  });
  const again = await match('k3');
  expect(again.status).toBe(403);
  expect(again.body.error).toBe('This session has opted out');
  expect(await charges()).toBe(1);
});

test('checks the flag again on replays of the free and the retention calls too', async () => {
  const info = { certificate_id: certificate.id, property_id: company.propertyId };
  const session = { session_id: certificate.sessionId };
  const calls: [string, object][] = [
    ['/verify/certificate-info', info],
    [`/verify/session/${company.id}`, session],
    [`/verify/certificate/${company.id}`, session],
  ];
  for (const [path, body] of calls) expect((await keyed(path, body, 'k4')).status).toBe(200);
  for (const [path, body] of calls) {
    const again = await keyed(path, body, 'k4');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    if ('already_retained' in again.body) expect(again.body.already_retained).toBe(false);
  }
  await keyed(`/certificates/${certificate.id}/revoke`, {}, 'k4');
  for (const [path, body] of calls) expect((await keyed(path, body, 'k4')).status).toBe(403);
});

test('refuses another body under the same key with 422', async () => {
  await match('k5');
  expect((await match('k5', { consent: 'something else' })).status).toBe(422);
  expect(await charges()).toBe(1);
});

test('keeps only successes: a refused call runs when it is tried again', async () => {
  expect((await match('k6', { certificate_id: 'EC-none' })).status).toBe(404);
  expect((await match('k6')).status).toBe(200);
});

test('keeps the keys of different companies and calls apart', async () => {
  const other = await makeCompany(service.ctx);
  const theirs = await makeCertificate(service.ctx, other);
  await match('k7');
  const reply = await service.post(
    '/verify/match',
    { certificate_id: theirs.id, consent: CONSENT },
    { token: other.token, headers: { 'idempotency-key': 'k7' } },
  );
  expect(reply.headers.get('idempotent-replayed')).toBeNull();
  const partial = await keyed(
    '/verify/partial-match',
    { certificate_id: certificate.id, term: 'agree' },
    'k7',
  );
  expect(partial.headers.get('idempotent-replayed')).toBeNull();
});

test('tells calls apart by route and parameters, whatever the prefix', async () => {
  const body = { certificate_id: certificate.id, consent: CONSENT };
  const first = await keyed('/verify/match', body, 'k10');
  const again = await keyed('/api/verify/match', body, 'k10');
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.body).toEqual(first.body);
  expect(await charges()).toBe(1);
  const other = await makeCertificate(service.ctx, company);
  await keyed(`/certificates/${certificate.id}/revoke`, {}, 'k10');
  const theirs = await keyed(`/api/certificates/${other.id}/revoke`, {}, 'k10');
  expect(theirs.headers.get('idempotent-replayed')).toBeNull();
  expect(theirs.body.revoked).toBe(1);
});

test('revokes once under one key and answers with the same counts', async () => {
  const path = `/certificates/${certificate.id}/revoke`;
  const first = await keyed(path, { reason: 'asked by phone' }, 'k9');
  const again = await keyed(path, { reason: 'asked by phone' }, 'k9');
  expect(first.body.revoked).toBe(1);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
});

test('refuses a key of more than 200 characters', async () => {
  const reply = await match('k'.repeat(201));
  expect(reply.status).toBe(400);
  expect(reply.body.details[0].path).toBe('Idempotency-Key');
});

describe('when MongoDB goes away in between', () => {
  const away = () => Object.assign(new Error('gone'), { name: 'MongoNetworkError' });
  afterEach(() => jest.restoreAllMocks());

  /** Tries again until there is an answer, as clients do. */
  async function answerAtLast(key: string): Promise<void> {
    await until('the answer of a retry', async () => {
      const { status, headers } = await match(key);
      if (status !== 409) return status === 200;
      const waitMs = 1000 * Number(headers.get('retry-after'));
      expect(waitMs).toBeGreaterThan(0);
      expect(waitMs).toBeLessThanOrEqual(KEY_LEASE_MS);
      return false;
    });
    expect(await charges()).toBe(1);
  }

  test('a key that was written but not acknowledged is given back', async () => {
    const { idempotency } = service.ctx.store;
    const insert = idempotency.insert.bind(idempotency);
    jest.spyOn(idempotency, 'insert').mockImplementationOnce(async (...args) => {
      await insert(...args);
      throw away();
    });
    expect((await match('a1')).status).toBe(503);
    // Nothing was done under it: it may even stand for something else.
    await until('the key is free', async () => {
      const { status } = await match('a1', { consent: 'something else' });
      return status === 200;
    });
  });

  test('giving a key back is tried again', async () => {
    const { idempotency } = service.ctx.store;
    jest.spyOn(service.ctx.checkStore.idempotency, 'complete').mockRejectedValueOnce(away());
    const release = jest.spyOn(idempotency, 'release');
    release.mockRejectedValueOnce(away()).mockRejectedValueOnce(away());
    expect((await match('a2')).status).toBe(503);
    await answerAtLast('a2');
    expect(release.mock.calls.length).toBeGreaterThanOrEqual(3);
  });

  test('a key whose holder is gone is free within seconds, and says when', async () => {
    const { idempotency } = service.ctx.store;
    jest.spyOn(service.ctx.checkStore.idempotency, 'complete').mockRejectedValueOnce(away());
    const never = jest.spyOn(idempotency, 'release').mockRejectedValue(away());
    expect((await match('a3')).status).toBe(503);
    await answerAtLast('a3');
    expect(never).toHaveBeenCalled();
  });
});

test('a key stays held as long as its holder works, longer than a lease', async () => {
  const { ctx } = service;
  const { idempotency } = ctx.store;
  const complete = idempotency.complete.bind(idempotency);
  const renew = jest.spyOn(idempotency, 'renew');
  const slow = jest.spyOn(idempotency, 'complete').mockImplementationOnce(async (...args) => {
    // Two renewals after the lease would have run out.
    await until('the renewals', () => renew.mock.calls.length >= 4, 20_000);
    return complete(...args);
  });
  const path = `/certificates/${certificate.id}/revoke`;
  const first = keyed(path, {}, 'a4');
  await until('the work to last', () => renew.mock.calls.length >= 3, 20_000);
  expect((await keyed(path, {}, 'a4')).status).toBe(409);
  expect((await first).body.revoked).toBe(1);
  const again = await keyed(path, {}, 'a4');
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  slow.mockRestore();
  renew.mockRestore();
});
