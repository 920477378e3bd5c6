import { getWallet } from '../../../src/core/wallet/get-wallet';
import { listTopUps } from '../../../src/core/top-ups/list-top-ups';
import { requestTopUp } from '../../../src/core/top-ups/request-top-up';
import { newId } from '../../../src/lib/random-ids';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { makeUser } from '../../core/users/scene';
import { shown } from '../portal/forms';
import { look, operatorBasic, PAGES } from './operator-browser';

let service: Service;
let company: TestCompany;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  const settings = { name: 'Acme <b>' };
  company = await makeCompany(service.ctx, { balanceMicrousd: 0, settings });
});

const send = async (path: string, form: Record<string, string> = {}) => {
  const headers = { ...operatorBasic(service), 'sec-fetch-site': 'same-origin' };
  const body = new URLSearchParams({ company_id: company.id, ...form });
  const init = { method: 'POST', headers, body, redirect: 'manual' } as const;
  const response = await fetch(service.url + PAGES + path, init);
  return { location: response.headers.get('location'), ...(await shown(response)) };
};
const ask = async (usd = 250) => {
  const by = { ...service, companyId: company.id, operationId: newId('op'), caller: CALLER };
  return (await requestTopUp({ ...by, amountMicrousd: usd * 1_000_000 })).request_id;
};
const balance = async () =>
  (await getWallet({ ...service, companyId: company.id })).balance_microusd / 1_000_000;
const decided = async () =>
  (await listTopUps({ ...service, companyId: company.id })).decided.map(({ state, reason }) => [
    state,
    reason,
  ]);
const back = (notice: string) => `${PAGES}/companies/${company.id}/wallet?notice=${notice}`;

test('lists what waits, here and on the company’s page, with names as text', async () => {
  const id = await ask(1_250);
  for (const path of ['/top-ups', `/companies/${company.id}`, `/companies/${company.id}/wallet`]) {
    const { html } = await look(service, path);
    expect(html).toContain('$1,250.00');
    expect(html).toContain('Acme &lt;b&gt;');
    expect(html).toContain(`action="${PAGES}/top-ups/${id}/approve"`);
  }
  await send(`/top-ups/${id}/approve`);
  expect((await look(service, `/companies/${company.id}/wallet`)).html).not.toContain('/approve"');
});

test('approved twice, the money is there once', async () => {
  const id = await ask();
  const sent = await Promise.all([1, 2].map(() => send(`/top-ups/${id}/approve`)));
  expect(sent.map(({ location }) => location)).toEqual([
    back('topUpApproved'),
    back('topUpApproved'),
  ]);
  expect(await balance()).toBe(250);
  expect(
    (await look(service, `/companies/${company.id}/wallet?notice=topUpApproved`)).html,
  ).toContain('the money is in the wallet');
});

test('a large one is approved once it is confirmed, and its person is named', async () => {
  const { id: userId, email } = await makeUser(service.ctx, company);
  const person = { actor: { type: 'user', id: userId }, ip: null } as const;
  const large = { ...service, companyId: company.id, operationId: newId('op'), caller: person };
  const { request_id: id } = await requestTopUp({ ...large, amountMicrousd: 25_000_000_000 });
  for (const path of ['/top-ups', `/companies/${company.id}/wallet`]) {
    const { html } = await look(service, path);
    expect(html).toContain(email);
    expect(html).not.toContain(userId);
  }
  expect((await send(`/top-ups/${id}/approve`)).location).toBe(`${PAGES}/top-ups/${id}/approve`);
  expect(await balance()).toBe(0);
  const { html } = await look(service, `/top-ups/${id}/approve`);
  expect(html).toContain('Approve $25,000.00 for Acme &lt;b&gt;?');
  expect(html).toContain('twenty-five thousand dollars');
  const confirmed = { confirmed: '1' };
  expect((await send(`/top-ups/${id}/approve`, confirmed)).location).toBe(back('topUpApproved'));
  expect(await balance()).toBe(25_000);
  expect((await look(service, `/top-ups/${id}/approve`)).status).toBe(303);
});

test('declined for a reason, which has to be given', async () => {
  const id = await ask();
  expect((await look(service, `/top-ups/${id}/decline`)).html).toContain(
    'Decline $250.00 for Acme',
  );
  const wrong = await send(`/top-ups/${id}/decline`, { reason: ' ' });
  expect([wrong.status, await decided()]).toEqual([400, []]);
  expect(wrong.html).toContain('Say why, in at most 500 characters.');
  const right = await send(`/top-ups/${id}/decline`, { reason: 'Unpaid.' });
  expect(right.location).toBe(back('topUpDeclined'));
  expect(await decided()).toEqual([['declined', 'Unpaid.']]);
  expect((await send(`/top-ups/${id}/approve`)).location).toBe(back('topUpDecided'));
  expect(await balance()).toBe(0);
});

test('nothing is approved from elsewhere, nor without the operator’s credentials', async () => {
  const id = await ask();
  const url = `${service.url}${PAGES}/top-ups/${id}/approve`;
  const post = async (headers: Record<string, string>) =>
    (await fetch(url, { method: 'POST', headers, redirect: 'manual' })).status;
  const crossSite = { ...operatorBasic(service), 'sec-fetch-site': 'cross-site' };
  expect(await post(crossSite)).toBe(403);
  expect(await post({ 'sec-fetch-site': 'same-origin' })).toBe(401);
  expect(await balance()).toBe(0);
});

test('says so where nothing waits, and knows no other requests', async () => {
  expect((await send('/top-ups/tur_unknown/approve')).status).toBe(404);
  const gone = await look(service, '/top-ups/tur_unknown/decline');
  expect(gone.status).toBe(303);
});
