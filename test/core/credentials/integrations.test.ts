import { createToken } from '../../../src/core/credentials/create-token';
import {
  disableIntegration,
  enableIntegration,
  INTEGRATIONS,
  type IntegrationKey,
} from '../../../src/core/credentials/integrations';
import { listTokens } from '../../../src/core/credentials/list-tokens';
import { newId } from '../../../src/lib/random-ids';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

const by = () => ({ ctx: service.ctx, companyId: company.id, caller: CALLER });
const labels = async () => (await listTokens(by())).map(({ label }) => label).sort();

test('an integration gets a token of its name with the scopes that it needs', async () => {
  for (const [key, { name, scopes }] of Object.entries(INTEGRATIONS)) {
    const made = await enableIntegration({ ...by(), key: key as IntegrationKey });
    expect(made).toMatchObject({ label: name, scopes, expires_at: null });
  }
  const names = ['Debt Lookup', 'Email Validation', 'Meta Lead Ads', 'Phone Validation', 'test'];
  expect(await labels()).toEqual(names);
});

test('enabling twice makes one token: the same form is shown it again, another form is not', async () => {
  const change = { ...by(), key: 'debt_lookup' as const, operationId: newId('op') };
  const made = await enableIntegration(change);
  expect(made).not.toBeNull();
  expect(await enableIntegration(change)).toEqual(made);
  expect(await enableIntegration({ ...change, operationId: newId('op') })).toBeNull();
  expect(await labels()).toEqual(['Debt Lookup', 'test']);
});

test('disabling revokes every token of its name and no other, once', async () => {
  const change = { ...by(), key: 'email_validation' as const };
  const made = await enableIntegration(change);
  await createToken({ ...by(), input: { label: 'Email Validation' } });
  expect((await service.get('/wallet', { token: made!.token })).status).toBe(403);
  expect(await disableIntegration(change)).toBe(2);
  expect((await service.get('/wallet', { token: made!.token })).status).toBe(401);
  expect(await disableIntegration(change)).toBe(0);
  expect(await labels()).toEqual(['test']);
});

test('one whose token has expired can be enabled anew', async () => {
  const soon = new Date(Date.now() + 60_000);
  await createToken({ ...by(), input: { label: 'Debt Lookup', expires_at: soon } });
  const later = { ...service.ctx, now: () => new Date(soon.getTime() + 1) };
  const change = { ...by(), ctx: later, key: 'debt_lookup' as const };
  expect(await enableIntegration(change)).not.toBeNull();
});
