import type { Caller } from '../../../src/context';
import { createApiKey } from '../../../src/core/credentials/create-api-key';
import { placeLegalHold } from '../../../src/core/legal-holds/place-legal-hold';
import { listOperatorAudit } from '../../../src/core/operators/list-operator-audit';
import { anEmail, makeOperator, operatorEntries, PASSWORD } from '../../core/operators/scene';
import { failJob, recordRevocation } from '../../core/health/scene';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { walletOf } from '../../helpers/wallet';
import { wipeRedis } from '../../workers/wipe';
import { shown, submit } from '../portal/forms';
import { insertBatch } from './insert-batch';
import { type OperatorBrowser, operatorBasic, PAGES, signInAt } from './operator-browser';

let service: Service;
let company: TestCompany;
let admin: OperatorBrowser & { id: string; email: string };
let viewer: OperatorBrowser & { id: string; email: string };

beforeAll(async () => {
  service = await startService();
  const enter = async (role: 'admin' | 'viewer') => {
    const { id, email } = await makeOperator(service.ctx, role);
    return { id, email, ...(await signInAt(service, email, PASSWORD)) };
  };
  [admin, viewer] = [await enter('admin'), await enter('viewer')];
  company = await makeCompany(service.ctx, { balanceMicrousd: 0 });
});
afterEach(() => wipeRedis(service.ctx));
afterAll(() => service.close());

const location = ({ headers }: { headers: Headers }) => headers.get('location');
const visit = async (path: string, headers: Record<string, string> = {}) =>
  shown(await fetch(service.url + path, { headers, redirect: 'manual' }));
const signIn = (email: string, password: string, next = '') =>
  submit(service, '/operator/login', { email, password, next });

describe('signing in', () => {
  test('a browser in which nobody has signed in by the page is asked for the token', async () => {
    const asked = await visit(PAGES);
    expect(asked.status).toBe(401);
    expect(asked.headers.get('www-authenticate')).toMatch(/^Basic realm="operator"/);
    expect(asked.html).toContain('href="/operator/login"');
  });

  test('any other is led to the sign-in page, and back to where it was going', async () => {
    const cookie = 'rescind_operator=ended';
    const wanted = `${PAGES}/companies?search=acme`;
    for (const path of ['/operator', PAGES, wanted]) {
      const sent = await visit(path, { cookie });
      const next = new URLSearchParams(location(sent)?.split('?')[1]).get('next');
      expect([sent.status, next]).toEqual([303, path === '/operator' ? null : path]);
    }
    const page = await visit(`/operator/login?next=${encodeURIComponent(wanted)}`);
    expect([page.status, page.heading]).toEqual([200, 'Sign in as an operator']);
    expect(page.html).toContain(`name="next" value="${wanted}"`);
    expect(location(await signIn(admin.email, PASSWORD, wanted))).toBe(wanted);
    for (const evil of [
      'https://evil.example',
      '//evil.example',
      '/dashboard',
      '/operator/login',
    ]) {
      expect(location(await signIn(admin.email, PASSWORD, evil))).toBe(PAGES);
    }
    const part = await visit(PAGES, { 'hx-request': 'true' });
    expect([part.status, part.headers.get('hx-redirect')]).toEqual([
      200,
      `/operator/login?next=${encodeURIComponent(PAGES)}`,
    ]);
  });

  test('says the same of a wrong password and of a stranger', async () => {
    const [wrong, stranger] = [await signIn(admin.email, 'no'), await signIn(anEmail(), 'no')];
    const seen = (page: typeof wrong) => [page.status, page.html.replace(/value="[^"]*"/g, '')];
    expect(seen(wrong)).toEqual(seen(stranger));
    expect(wrong.html).toContain('Email and password do not belong together.');
    expect(wrong.headers.getSetCookie()).toEqual([]);
  });

  test('gives a cookie that scripts and other sites cannot use, for the operator’s paths', async () => {
    const { headers } = await signIn(admin.email, PASSWORD);
    for (const cookie of headers.getSetCookie()) {
      expect(cookie).toMatch(/^rescind_operator(_device)?=/);
      expect(cookie).toMatch(/; Path=\/operator; .*HttpOnly.*SameSite=Lax/);
    }
    const foreign = await submit(
      service,
      '/operator/login',
      {},
      { origin: 'https://evil.example' },
    );
    expect(foreign.status).toBe(403);
  });

  test('takes the operator token under its name, and signs out for good', async () => {
    const { operatorToken } = service.ctx.config;
    const browser = await signInAt(service, 'operator', operatorToken);
    expect((await browser.look()).html).toContain('Operator token');
    expect((await browser.look('/account')).html).toContain('signed in with the operator token');
    const out = await browser.send('/sign-out');
    expect(location(out)).toBe('/operator/login');
    expect(location(await browser.look())).toMatch(/^\/operator\/login/);
  });

  test('does not open the API, which takes the token only', async () => {
    const headers = { cookie: admin.cookie };
    for (const path of ['/operator/operators', '/operator/audit', '/operator/companies']) {
      expect((await service.get(path, { headers })).status).toBe(401);
      expect((await service.get(path, { headers: operatorBasic(service) })).status).toBe(401);
    }
  });
});

test('an operator is invited, joins, changes their password and is removed', async () => {
  const email = anEmail();
  const form = { email, role: 'viewer' };
  const refused = await admin.send('/operators', { ...form, current: 'wrong' });
  expect([refused.status, refused.html]).toEqual([
    400,
    expect.stringContaining('This is not your current password.'),
  ]);
  expect((await admin.send('/operators', { ...form, email: 'no' })).status).toBe(400);
  const made = await admin.send('/operators', { ...form, current: PASSWORD });
  expect([made.status, location(made)]).toEqual([303, `${PAGES}/operators`]);
  const shownOnce = made.headers.getSetCookie().map((one) => one.split(';')[0]);
  const withLink = await visit(`${PAGES}/operators`, {
    cookie: [admin.cookie, ...shownOnce].join('; '),
  });
  const link = /id="link">([^<]+)</.exec(withLink.html)?.[1] ?? '';
  // Somebody else in the same browser does not see it.
  const other = await visit(`${PAGES}/operators`, {
    cookie: [viewer.cookie, ...shownOnce].join('; '),
  });
  expect(other.html).not.toContain('/links/');
  expect((await admin.send('/operators', { ...form, current: PASSWORD })).status).toBe(409);

  const at = link.slice(service.url.length);
  expect((await visit(at)).html).toContain(email);
  expect((await submit(service, at, { password: 'password1234' })).status).toBe(400);
  const joined = await submit(service, at, { password: PASSWORD });
  expect(location(joined)).toBe('/operator/login?ready=1');
  const gone = await visit(at);
  expect([gone.status, gone.heading]).toEqual([404, 'This link is no longer valid']);

  const theirs = await signInAt(service, email, PASSWORD);
  const next = 'another heap of unrelated words';
  expect((await theirs.send('/account', { current: 'no', next })).status).toBe(400);
  const changed = await theirs.send('/account', { current: PASSWORD, next });
  expect(location(changed)).toBe(`${PAGES}/account?notice=passwordChanged`);
  expect(location(await theirs.look())).toMatch(/^\/operator\/login/);
  const again = await signInAt(service, email, next);

  const id = (await operatorEntries(service.ctx, 'operator.joined', 1))[0]?.actor.id ?? '';
  const question = await admin.look(`/operators/${id}/remove`);
  expect(question.html).toContain(`Remove ${email}?`);
  const removed = await admin.send(`/operators/${id}/remove`);
  expect(location(removed)).toBe(`${PAGES}/operators?notice=operatorRemoved`);
  expect(location(await again.look())).toMatch(/^\/operator\/login/);
  const query = { limit: 3, actor: `operator:${admin.id}` };
  const { entries } = await listOperatorAudit({ ctx: service.ctx, query });
  expect(entries.filter(({ reason }) => reason?.includes(email))).toMatchObject([
    { action: 'operator.removed', actor_name: admin.email },
    { action: 'operator.invited', actor_name: admin.email },
  ]);
});

test('a form needs the token of its session', async () => {
  const amount = { amount_usd: '5.00' };
  const path = `/companies/${company.id}/top-ups`;
  const theirs = /name="form_token" value="([^"]+)"/.exec((await viewer.look()).html)?.[1] ?? '';
  for (const form_token of ['', 'wrong', theirs]) {
    const page = await admin.send(path, { ...amount, form_token });
    expect([page.status, page.heading]).toEqual([403, 'Nothing was changed']);
  }
  expect((await walletOf(service.ctx, company.id))?.balance_microusd).toBe(0);
  // Each form of the page has it.
  const { html } = await admin.look(`/companies/${company.id}/credentials`);
  const forms = html.split('<form method="post"').length - 1;
  expect(forms).toBeGreaterThan(2);
  expect(html.split('name="form_token"').length - 1).toBe(forms);
  // Credentials that come with each request need none.
  const basic = await submit(service, `${PAGES}${path}`, amount, operatorBasic(service));
  expect([basic.status, location(basic)]).toEqual([303, expect.stringContaining(company.id)]);
});

describe('a viewer', () => {
  test('sees everything, without a button that changes anything', async () => {
    const { ctx } = service;
    const own = await makeCompany(ctx);
    const by = { ctx, companyId: own.id, caller: CALLER };
    await createApiKey({ ...by, input: {} });
    await placeLegalHold({ ...by, input: { user_id: 'user-1', reason: 'Case 7' } });
    await failJob(ctx, 'opt-outs', 'follow-up-revocation', {});
    await insertBatch(service, own, `bat-${own.id}`, {});
    const at = `/companies/${own.id}`;
    const tabs = ['settings', 'properties', 'credentials', 'people', 'wallet', 'cleanups', 'holds'];
    const paths = [at, ...tabs.map((tab) => `${at}/${tab}`), '/jobs', '/batches', '/top-ups'];
    const others = ['', '/companies', '/search', '/audit', '/operators', '/account', '/mails'];
    for (const path of [...paths, ...others, `/batches/bat-${own.id}`, '/queues/wallet']) {
      const { status, html } = await viewer.look(path);
      const main = html.split('<main')[1] ?? '';
      // Of other forms, what they show can be read, but not changed.
      const forms = [...main.matchAll(/<form method="post"([^>]*)>(.*?)<\/form>/gs)];
      const open = forms.filter(
        ([form, tag]) =>
          !tag?.includes('data-own') && /<button|<(input|select)(?! disabled)/.test(form),
      );
      expect([path, status, open]).toEqual([path, 200, []]);
      expect([
        path,
        /class="(main |small |btn )*danger"|\/(revoke|remove|reset|lift|resume|cancel|decline|new-company)"/.test(
          // Of their own account, they change what they like.
          main.replace(/<form[^>]* data-own>.*?<\/form>/gs, ''),
        ),
      ]).toEqual([path, false]);
    }
    expect((await viewer.look('/operators')).html).toContain('You can see everything');
  });

  test('changes nothing, and is told so in the frame', async () => {
    const { ctx } = service;
    const { _id } = await recordRevocation(ctx, company.id);
    const jobId = await failJob(ctx, 'opt-outs', 'follow-up-revocation', { revocation_id: _id });
    const at = `/companies/${company.id}`;
    const forms: [string, Record<string, string>][] = [
      [`${at}/top-ups`, { amount_usd: '5.00' }],
      [`${at}/properties`, { property_name: 'New', property_domain: 'example.com' }],
      [`${at}/api-keys`, {}],
      [`${at}/holds`, { scope: 'all', reason: 'Case 8' }],
      [`/jobs/opt-outs/${jobId}/retry`, {}],
      ['/operators', { email: anEmail(), role: 'admin', current: PASSWORD }],
      [`/operators/${admin.id}/reset`, { current: PASSWORD }],
      [`/operators/${admin.id}/remove`, {}],
    ];
    const before = await listOperatorAudit({ ctx, query: { limit: 1 } });
    for (const [to, form] of forms) {
      const page = await viewer.send(to, form);
      expect([to, page.status, page.heading]).toEqual([to, 403, 'For admins only']);
      expect(page.html).toContain('aria-label="Operator"');
    }
    for (const ask of ['remove', 'reset']) {
      expect((await viewer.look(`/operators/${admin.id}/${ask}`)).status).toBe(403);
    }
    expect(await listOperatorAudit({ ctx, query: { limit: 1 } })).toEqual(before);
    expect(await ctx.queues.byName['opt-outs'].getFailedCount()).toBe(1);
    const own = await viewer.send('/account', { current: 'no', next: PASSWORD });
    expect(own.status).toBe(400);
  });
});

describe('the audit', () => {
  test('is a page with filters', async () => {
    const caller: Caller = { actor: { type: 'operator', id: admin.id }, ip: '192.0.2.7' };
    const input = { all: true, reason: 'Case <9>' } as const;
    await placeLegalHold({ ctx: service.ctx, companyId: company.id, caller, input });
    const rows = (html: string) => html.split('<tr><th scope="row"').length - 1;
    const all = await viewer.look('/audit');
    expect(rows(all.html)).toBeGreaterThan(5);
    const query = new URLSearchParams({
      action: 'legal_hold.placed',
      actor: `operator:${admin.id}`,
      company_id: company.id,
    }).toString();
    const { html } = await viewer.look(`/audit?${query}&from=2020-01-01`);
    expect(rows(html)).toBe(1);
    for (const text of ['Legal hold placed', 'Case &lt;9&gt;', admin.email, company.id]) {
      expect(html).toContain(text);
    }
    expect((await viewer.look(`/audit?${query}&to=2020-01-01`)).html).toContain(
      'No entry was found',
    );
    expect((await viewer.look('/audit?from=yesterday')).status).toBe(400);
  });
});
