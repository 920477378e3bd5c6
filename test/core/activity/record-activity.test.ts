import { recordActivity } from '../../../src/core/activity/record-activity';
import { startRecording } from '../../../src/core/activity/start-recording';
import { revokeUserConsents } from '../../../src/core/consents/revoke-user-consents';
import { revokeConsent } from '../../../src/core/consents/revoke-consent';
import { ActivityCounts } from '../../../src/telemetry/activity-counts';
import { batchNow, makePeople, run, storeBatch } from '../batches/scene';
import { makeConsent, makeSet } from '../consents/scene';
import { collections } from '../../helpers/collections';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';

let service: Service;
let company: TestCompany;
beforeAll(async () => {
  service = await startService(testConfig());
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

/** What is written of the company, all of it on one day. */
async function written(of = company) {
  await recordActivity(service);
  return collections(service.ctx).activityDays.findOne({ company_id: of.id });
}
const match = (id: string, more: object = {}) =>
  service.post('/verify/match', {
    ...company.ids,
    certificate_id: id,
    consent: CONSENT,
    ...more,
  });

test('counts checks that are refused since the session has opted out, and no others', async () => {
  const { id } = await makeCertificate(service.ctx, company);
  expect((await match(id)).status).toBe(200);
  expect((await match('unknown')).status).toBe(404);
  await service.post(`/certificates/${id}/revoke`, {}, { token: company.token });
  expect((await match(id)).status).toBe(403);
  const partial = { ...company.ids, certificate_id: id, term: 'agree' };
  expect((await service.post('/verify/partial-match', partial)).status).toBe(403);
  expect(await written()).toMatchObject({
    _id: `${company.id}:${new Date().toISOString().slice(0, 10)}`,
    refused_checks: 2,
    link_opens: 0,
    revoked: { api: 1 },
  });
  await match(id);
  expect(await written()).toMatchObject({ refused_checks: 3, revoked: { api: 1 } });
});

test('counts a third party’s refused check as its own', async () => {
  const other = await makeCompany(service.ctx, {
    settings: { third_party_verification_enabled: true, authorized_third_parties: [company.id] },
  });
  const { id } = await makeCertificate(service.ctx, other);
  await service.post(`/certificates/${id}/revoke`, {}, { token: other.token });
  expect((await match(id, { originator_company_id: other.id })).status).toBe(403);
  expect(await written()).toMatchObject({ refused_checks: 1 });
  expect(await written(other)).toMatchObject({ refused_checks: 0 });
});

test('counts what was revoked by its method, and repeats not at all', async () => {
  const { ctx } = service;
  const [one, two] = await makePeople({ ...service, company }, 2);
  const byPerson = { company_id: company.id, email: one!.email };
  await service.post('/opt-out', byPerson);
  await service.post('/opt-out', byPerson);
  const listed = await makePeople({ ...service, company }, 3);
  const ids = [one!.id, ...listed.map(({ id }) => id)];
  await service.post('/revocations/bulk', { certificate_ids: ids }, { token: company.token });
  const batch = await storeBatch({ ...service, company }, `email\n${two!.email}\n${one!.email}\n`);
  await run(ctx, batch);
  expect(await batchNow({ ...service, company }, batch)).toMatchObject({ certificates_revoked: 1 });
  expect((await written())?.revoked).toEqual({ api: 1, bulk: 3, csv: 1 });
});

test('rows that are done again after a crash count once', async () => {
  const { ctx } = service;
  const people = await makePeople({ ...service, company }, 4);
  const file = ['email', ...people.map(({ email }) => email)].join('\n');
  const batch = await storeBatch({ ...service, company }, file);
  const { revocations } = ctx.store;
  jest.spyOn(revocations, 'markFlagged').mockRejectedValueOnce(new Error('a crash'));
  await expect(run(ctx, batch)).rejects.toThrow('a crash');
  await run(ctx, batch);
  expect((await written())?.revoked).toEqual({ csv: 4 });
});

test('counts consents of the other dialects, of either region', async () => {
  const { ctx } = service;
  const by = { ctx, companyId: company.id, caller: CALLER };
  const request = { ...by, region: 'default', operationId: 'op', consentId: '' } as const;
  const consentId = await makeConsent(ctx, company.id);
  await revokeConsent({ ...request, consentId });
  await revokeConsent({ ...request, consentId });
  await makeSet(ctx, company.id, { region: 'us' });
  const user = { userId: 'user-1', which: {}, operationId: 'op2' };
  await revokeUserConsents({ ...by, region: 'us', ...user });
  expect((await written())?.revoked).toEqual({ api: 3 });
});

test('counts openings of the link that names the company', async () => {
  await service.get(`/opt-out?company=${company.id}`, { headers: { accept: 'text/html' } });
  await service.get('/opt-out', { headers: { accept: 'text/html' } });
  expect(await written()).toMatchObject({ link_opens: 1 });
});

test('what is counted when a process stops is written', async () => {
  const recording = startRecording({ ctx: service.ctx, everyMs: 3_600_000 });
  service.ctx.activity.count(company.id, 'refused_checks');
  await recording.stop();
  const { activityDays } = collections(service.ctx);
  expect(await activityDays.findOne({ company_id: company.id })).toMatchObject({
    refused_checks: 1,
  });
});

test('a database that is away costs counts, and nothing else', async () => {
  const { ctx } = service;
  ctx.activity.count(company.id, 'refused_checks');
  const add = jest.spyOn(ctx.store.activityDays, 'add').mockRejectedValue(new Error('away'));
  await expect(recordActivity({ ctx })).resolves.toBeUndefined();
  add.mockRestore();
  expect(await written()).toBeNull();
});

test('counts by the UTC day, and no more companies than there is room for', () => {
  let now = Date.parse('2026-10-01T23:59:59.999Z');
  const counts = new ActivityCounts(() => now);
  counts.count('c', 'refused_checks');
  now += 1;
  counts.count('c', 'refused_checks');
  counts.countRevoked('c', 'csv', 7);
  counts.countRevoked('other', 'csv', 0);
  const days = counts.take();
  expect(days.map(({ at }) => at.toISOString().slice(0, 10))).toEqual(['2026-10-01', '2026-10-02']);
  expect([...days[1]!.revoked]).toEqual([['csv', 7]]);
  for (let n = 0; n < 30_000; n++) counts.count(`c${String(n)}`, 'refused_checks');
  expect(counts.take()).toHaveLength(20_000);
});
