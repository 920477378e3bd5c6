import { listed } from '../../../src/http/portal/channels';
import { en } from '../../../src/http/pages/texts/en';
import { makeConsent } from '../../core/consents/scene';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { submit } from './forms';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService(testConfig({ OPT_OUT_RATE_PER_MINUTE: '1000' }));
});
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});
afterAll(() => service.close());

const optOut = (body: object) => service.post('/opt-out', { company_id: company.id, ...body });
const check = (certificate_id: string, channel?: unknown, headers = {}) =>
  service.post(
    '/verify/match',
    { ...company.ids, certificate_id, consent: CONSENT, channel },
    { headers },
  );
const flagsOf = async (id: string) =>
  (await service.ctx.store.certificates.find(company.id, id))!.opt_out;

test('a check is refused for the channels that were opted out of, also when it is repeated', async () => {
  const { id } = await makeCertificate(service.ctx, company, { email: 'jo@example.com' });
  const key = { 'idempotency-key': 'again' };
  const other = { 'idempotency-key': 'other' };
  expect((await check(id, 'call', key)).status).toBe(200);
  expect((await check(id, 'text', other)).status).toBe(200);
  const asked = { email: 'jo@example.com', channels: ['call'] };
  expect((await optOut(asked)).body).toMatchObject({ revoked: 1, certificates: [id] });
  expect((await optOut(asked)).body).toMatchObject({ revoked: 0, certificates: [] });
  for (const [channel, status] of [
    ['call', 403],
    ['text', 200],
    ['email', 200],
    [undefined, 403],
  ] as const) {
    const reply = await check(id, channel);
    expect({ channel, status: reply.status }).toEqual({ channel, status });
    if (status === 403) expect(reply.body.error).toBe('This session has opted out');
  }
  expect((await check(id, 'call', key)).status).toBe(403);
  expect((await check(id, 'text', other)).status).toBe(200);
  const info = await service.post('/verify/certificate-info', {
    ...company.ids,
    certificate_id: id,
  });
  expect(info.status).toBe(200);
  expect((await optOut({ ...asked, channels: ['email', 'text'] })).body.revoked).toBe(1);
  expect((await check(id, 'text', other)).status).toBe(403);
  expect((await flagsOf(id)).revoke).toBe(true);
});

test('channels that there are not are refused by name', async () => {
  for (const channels of [['fax'], [], 'call', null]) {
    const reply = await optOut({ email: 'jo@example.com', channels });
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body.details)).toContain('"channels');
  }
  const { id } = await makeCertificate(service.ctx, company);
  const reply = await check(id, 'fax');
  expect(reply).toMatchObject({ status: 400, body: { details: [{ path: 'channel' }] } });
});

const boxes = (token: string, ...ticked: string[]): [string, string][] => [
  ['token', token],
  ['by_channel', '1'],
  ...ticked.map((channel): [string, string] => ['channels', channel]),
];
const confirm = (form: [string, string][]) => submit(service, '/opt-out/confirm', form);

test('the portal asks which channels; consents that have none are revoked by all three only', async () => {
  const email = 'portal@example.com';
  const { id } = await makeCertificate(service.ctx, company, { email });
  await makeConsent(service.ctx, company.id, { subject: { email, mobile: null, ref: null } });
  const { token, html } = await submit(service, '/opt-out/find', { identifier: email });
  expect(html.match(/name="channels" value="\w+" checked/g)).toHaveLength(3);
  const none = await confirm(boxes(token));
  expect(none.status).toBe(400);
  expect(none.html).toContain('Choose at least one: calls, text messages or emails.');
  expect((await flagsOf(id)).channels).toBeUndefined();

  const some = await confirm(boxes(none.token, 'call', 'email'));
  expect(some.heading).toBe('You have opted out of calls and emails');
  expect(some.html).toContain('This holds for one consent.');
  expect(await flagsOf(id)).toMatchObject({ revoke: false, channels: ['call', 'email'] });
  const again = await submit(service, '/opt-out/find', { identifier: email });
  expect(again.heading).toBe('We found 2 consents');
  const nothing = await confirm(boxes(again.token, 'call'));
  expect(nothing.html).toContain('No consent was changed');

  const rest = await confirm(boxes(again.token, 'call', 'text', 'email'));
  expect(rest.heading).toBe('Your consent has been revoked');
  expect(rest.html).toContain('2 consents were revoked.');
  expect((await flagsOf(id)).revoke).toBe(true);
});

test('a form without boxes means everything', async () => {
  const { id } = await makeCertificate(service.ctx, company, { email: 'old@example.com' });
  const { token } = await submit(service, '/opt-out/find', { identifier: 'old@example.com' });
  expect((await confirm([['token', token]])).heading).toBe('Your consent has been revoked');
  expect((await flagsOf(id)).revoke).toBe(true);
  expect(listed('en', en, ['text'])).toBe('text messages');
});
