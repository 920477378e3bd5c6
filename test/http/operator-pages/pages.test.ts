import { topUp } from '../../../src/core/wallet/top-up';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { look, operatorBasic, PAGES } from './operator-browser';
import { submit } from '../portal/forms';
import { walletOf } from '../../helpers/wallet';

let service: Service;
let company: TestCompany;
let path: string;

beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  company = await makeCompany(service.ctx, { balanceMicrousd: 0 });
  path = `${PAGES}/companies/${company.id}`;
});
afterAll(() => service.close());

const send = (to: string, form: Record<string, string>, headers = {}) =>
  submit(service, to, form, { ...operatorBasic(service), ...headers });
const by = () => ({ ctx: service.ctx, companyId: company.id, caller: CALLER });
const balance = async () => (await walletOf(service.ctx, company.id))?.balance_microusd;
const audited = async (action: string) =>
  (await service.ctx.store.audit.list(company.id, { action }, { limit: 10 })).items;
const noticeOf = ({ headers }: { headers: Headers }) =>
  new URL(headers.get('location') ?? '', service.url).searchParams.get('notice');

describe('who may look', () => {
  test.each(['', '/companies', '/jobs', '/batches', '/queues/wallet', '/nothing'])(
    'wrong credentials are refused, and may be given again, at %s',
    async (at) => {
      const { operatorToken } = service.ctx.config;
      const pairs = ['operator:wrong', `admin:${operatorToken}`, operatorToken];
      for (const headers of pairs.map((pair) => operatorBasic(service, pair))) {
        const reply = await service.get(PAGES + at, { headers });
        expect(reply.status).toBe(401);
        expect(reply.headers.get('www-authenticate')).toMatch(/^Basic realm="operator"/);
        expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'");
        expect(reply.body).toContain('For operators only');
      }
    },
  );

  test('a company is not let in', async () => {
    expect((await service.get(PAGES, { token: company.token })).status).toBe(401);
  });

  test('wrong credentials are counted', async () => {
    const guarded = await startService();
    try {
      const statuses: number[] = [];
      for (let i = 0; i < 61; i++) {
        const headers = operatorBasic(guarded, `operator:wrong-${String(i)}`);
        statuses.push((await guarded.get(PAGES, { headers })).status);
      }
      expect([statuses[0], statuses[59], statuses[60]]).toEqual([401, 401, 429]);
    } finally {
      await guarded.close();
    }
  });

  test('/operator leads a browser to the pages, and the JSON API stays where it is', async () => {
    const headers = operatorBasic(service);
    const lead = await fetch(`${service.url}/operator`, { headers, redirect: 'manual' });
    expect([lead.status, lead.headers.get('location')]).toEqual([303, PAGES]);
    const json = await service.get(`/operator/companies/${company.id}`, { headers });
    expect(json.body).toEqual({ status: 401, error: 'Invalid credentials or token' });
    const token = service.ctx.config.operatorToken;
    expect((await service.get(`/operator/companies/${company.id}`, { token })).status).toBe(200);
  });

  test('what another site made the browser send changes nothing', async () => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      const reply = await send(`${path}/top-ups`, { amount_usd: '5.00' }, headers);
      expect(reply.status).toBe(403);
    }
    expect(await balance()).toBe(0);
  });

  test('a form without credentials changes nothing', async () => {
    const reply = await submit(service, `${path}/top-ups`, { amount_usd: '5.00' });
    expect([reply.status, reply.headers.get('www-authenticate')]).toEqual([
      401,
      expect.any(String),
    ]);
    expect(await balance()).toBe(0);
  });
});

describe('companies', () => {
  test('are found by part of the id or name, taken literally', async () => {
    const named = await makeCompany(service.ctx, { settings: { name: 'A.B* & <i>Söhne</i>' } });
    for (const text of ['a.b*', '<I>SÖHNE', named.id.slice(3).toUpperCase()]) {
      const { html } = await look(service, `/companies?search=${encodeURIComponent(text)}`);
      expect(html).toContain(`/companies/${named.id}"`);
      expect(html).not.toContain(`/companies/${company.id}"`);
      expect(html).not.toContain('<i>');
    }
    const { html } = await look(service, '/companies?search=aXb');
    expect(html).toContain('No company was found.');
  });

  test('come in pages', async () => {
    const apart = await startService(testConfig());
    try {
      for (let i = 0; i < 51; i++) await makeCompany(apart.ctx, { balanceMicrousd: 0 });
      const first = await look(apart, '/companies');
      const rows = (html: string) => html.match(/<th scope="row" class="first wrap">/g)?.length;
      expect(rows(first.html)).toBe(50);
      const next = /href="\/operator\/pages(\/companies\?[^"]+)" rel="next"/.exec(first.html)?.[1];
      const second = await look(apart, (next ?? '').replaceAll('&amp;', '&'));
      expect(rows(second.html)).toBe(1);
    } finally {
      await apart.close();
    }
  });

  test('that are unknown get a page that says so', async () => {
    expect(await look(service, '/companies/nobody')).toMatchObject({
      status: 404,
      heading: 'Page not found',
    });
  });

  test('show no secret: neither a property id nor a hash', async () => {
    for (const [tab, shown] of [
      ['properties', 'example.com'],
      ['credentials', 'May be used for'],
    ]) {
      const { html } = await look(service, `/companies/${company.id}/${tab!}`);
      expect(html).toContain(shown);
      expect(html).not.toContain(company.propertyId);
      expect(html).not.toContain(company.token);
    }
  });

  test('are listed with what they can spend and when they last called', async () => {
    const search = `/companies?search=${company.id}`;
    expect((await look(service, search)).html).toMatch(/\$0\.00.*None in 90 days/s);
    const last_at = new Date(Date.now() - 3_600_000);
    const seen = { companyId: company.id, event: 'served', credential: null, ip: null } as const;
    await service.ctx.store.securityLog.add([{ ...seen, at: last_at, count: 1, lastAt: last_at }]);
    await topUp({ ...by(), amountMicrousd: 1_500_000 });
    const { html } = await look(service, search);
    expect(html).toContain('$1.50');
    expect(html).toContain(`datetime="${last_at.toISOString()}"`);
  });
});

describe('money', () => {
  test('is added once its amount is confirmed, and once, however often that is sent', async () => {
    const { html } = await look(service, `/companies/${company.id}/wallet`);
    const operation_id = /name="operation_id" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const form = { amount_usd: '$12,500.50', operation_id };
    const asked = (await send(`${path}/top-ups`, form)).headers.get('location') ?? '';
    expect(await balance()).toBe(0);
    const question = await look(service, asked.slice(PAGES.length));
    expect(question.html).toContain('Add $12,500.50 to Example Corp?');
    expect(question.html).toContain('twelve thousand five hundred dollars and 50 cents');
    expect(question.html).toContain('$0.00 available now, and $12,500.50 then');
    const confirmed = { ...form, confirmed: '1' };
    const replies = await Promise.all([1, 2, 3].map(() => send(`${path}/top-ups`, confirmed)));
    for (const reply of replies) expect(noticeOf(reply)).toBe('toppedUp');
    expect(await balance()).toBe(12_500_500_000);
    expect(await audited('wallet.topped_up')).toMatchObject([
      { actor: { type: 'operator', id: null }, ip: '127.0.0.1' },
    ]);
    // Back in the form that has added it, another amount is another top-up.
    const other = await send(`${path}/top-ups`, { ...confirmed, amount_usd: '7.00' });
    expect(other.headers.get('location')).toMatch(/confirm\?amount_usd=7\.00&operation_id=op_/);
    const unnamed = await send(`${path}/top-ups`, { amount_usd: '7.00', confirmed: '1' });
    expect(unnamed.headers.get('location')).toContain('/top-ups/confirm?');
    expect(await balance()).toBe(12_500_500_000);
    expect((await look(service, `/companies/${company.id}/wallet`)).html).toContain('Operator');
  });

  test.each(['', '-1', '0', '1,5', '12,50', '"><b>', '9007199254'])(
    'what is wrong with %j is said beside the field, and it stays',
    async (amount_usd) => {
      const reply = await send(`${path}/top-ups`, { amount_usd });
      expect(reply.status).toBe(400);
      expect(reply.html).toMatch(/id="amount_usd-error"[^>]*>Enter dollars such as/);
      expect(reply.html).toContain(
        `value="${amount_usd.replace('">', '&quot;&gt;').replace('<b>', '&lt;b&gt;')}"`,
      );
      expect(await balance()).toBe(0);
    },
  );
});

describe('tokens', () => {
  test('are revoked once confirmed; a second time says so', async () => {
    const [token] = await service.ctx.store.credentials.listTokens(company.id);
    const at = `/companies/${company.id}/tokens/${token?._id ?? ''}/revoke`;
    expect((await look(service, at)).html).toContain('Revoke the token test?');
    const valid = { token: company.token };
    expect((await service.get('/wallet', valid)).status).toBe(200);
    expect(noticeOf(await send(PAGES + at, {}))).toBe('tokenRevoked');
    expect((await service.get('/wallet', valid)).status).toBe(401);
    expect(noticeOf(await send(PAGES + at, {}))).toBe('tokenGone');
    expect(noticeOf(await look(service, at))).toBe('tokenGone');
    expect(await audited('token.revoked')).toHaveLength(1);
  });

  test('of another company are out of reach', async () => {
    const other = await makeCompany(service.ctx);
    const [token] = await service.ctx.store.credentials.listTokens(other.id);
    const reply = await send(`${path}/tokens/${token?._id ?? ''}/revoke`, {});
    expect(noticeOf(reply)).toBe('tokenGone');
    expect(await service.ctx.store.credentials.listTokens(other.id)).toHaveLength(1);
  });
});
