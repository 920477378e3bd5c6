import { firstSteps, markLinked } from '../../../src/core/activity/first-steps';
import { recordActivity } from '../../../src/core/activity/record-activity';
import { addProperty } from '../../../src/core/credentials/add-property';
import { createCompany } from '../../../src/core/companies/create-company';
import { createToken } from '../../../src/core/credentials/create-token';
import { revokeToken } from '../../../src/core/credentials/revoke-token';
import { makeStatements } from '../../../src/core/wallet/make-statements';
import { topUp } from '../../../src/core/wallet/top-up';
import { DAY_MS } from '../../../src/lib/durations';
import { CALLER, CONSENT, makeCertificate } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';

let service: Service;
let companyId: string;
let made = 0;
beforeAll(async () => {
  service = await startService(testConfig());
});
afterAll(() => service.close());
beforeEach(async () => {
  companyId = `comp-new-${String((made += 1))}`;
  const input = { name: 'New', company_id: companyId };
  await createCompany({ ctx: service.ctx, caller: CALLER, input });
});

const look = () => firstSteps({ ...service, companyId });
const done = async () =>
  (await look())?.steps.filter((one) => one.done).map(({ step }) => step) ?? null;

async function makeCredentials() {
  const by = { ...service, companyId, caller: CALLER };
  const { property_id } = await addProperty({
    ...by,
    input: { name: 'Site', domain: 'a.example' },
  });
  const { token, token_id } = await createToken({ ...by, input: { label: 'first' } });
  await topUp({ ...by, amountMicrousd: 1_000_000 });
  const ids = { company_id: companyId, property_id };
  return { company: { id: companyId, propertyId: property_id, token, ids }, token, token_id };
}

test('ticks each step as it happens, and is gone for good once all are done', async () => {
  const { ctx } = service;
  expect(await look()).toEqual({
    steps: ['property', 'token', 'certificate', 'check', 'link'].map((step) => ({
      step,
      done: false,
    })),
    property: null,
    check: null,
  });
  const { company, token, token_id } = await makeCredentials();
  expect(await done()).toEqual(['property', 'token']);
  const { id } = await makeCertificate(ctx, company);
  expect(await look()).toMatchObject({
    property: { id: company.propertyId, domain: 'a.example' },
    check: { certificateId: id, mode: 'match', text: CONSENT },
  });
  const check = { certificate_id: id, consent: CONSENT };
  expect((await service.post('/verify/match', check, { token })).body.valid).toBe(true);
  expect(await done()).toEqual(['property', 'token', 'certificate', 'check']);
  await service.get(`/opt-out?company=${companyId}`, { headers: { accept: 'text/html' } });
  await recordActivity({ ctx });
  expect(await done()).toBeNull();
  await revokeToken({ ctx, companyId, tokenId: token_id, caller: CALLER });
  expect(await done()).toBeNull();
});

test('a person may tick the link; the first check counts when it was refused, or long ago', async () => {
  const { ctx } = service;
  const { company, token } = await makeCredentials();
  const { id } = await makeCertificate(ctx, company);
  await markLinked({ ctx, companyId });
  expect(await done()).toEqual(['property', 'token', 'certificate', 'link']);
  await service.post(`/certificates/${id}/revoke`, {}, { token });
  expect((await look())?.check).toBeNull();
  const check = { certificate_id: id, consent: CONSENT };
  expect((await service.post('/verify/match', check, { token })).status).toBe(403);
  await recordActivity({ ctx });
  expect(await done()).toBeNull();

  const input = { name: 'Second', company_id: (companyId += '-2') };
  await createCompany({ ctx, caller: CALLER, input });
  const second = await makeCredentials();
  const checked = await makeCertificate(ctx, second.company);
  const body = { certificate_id: checked.id, consent: CONSENT };
  await service.post('/verify/match', body, { token: second.token });
  const later = new Date(Date.now() + 2 * DAY_MS);
  await makeStatements({ ctx, signal: new AbortController().signal, now: later });
  expect(await done()).toEqual(['property', 'token', 'certificate', 'check']);
});

test('the check to try asks for the beginning of a long consent, and is right', async () => {
  const { ctx } = service;
  const { company, token } = await makeCredentials();
  const consents = [{ type: 'tcpa', text: `${'I agree to be called. '.repeat(40)}End.` }];
  await makeCertificate(ctx, company, { consents });
  const check = (await look())?.check;
  expect(check?.mode).toBe('partial-match');
  const body = { certificate_id: check?.certificateId, term: check?.text };
  expect((await service.post('/verify/partial-match', body, { token })).body.valid).toBe(true);
});

test('what is noted of the steps is no setting of the company', async () => {
  await markLinked({ ...service, companyId });
  const { status, body } = await service.get(`/operator/companies/${companyId}`, {
    token: service.ctx.config.operatorToken,
  });
  expect([status, Object.keys(body).includes('first_steps')]).toEqual([200, false]);
});
