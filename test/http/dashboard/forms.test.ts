import { PASSWORD } from '../../core/users/scene';
import { collections } from '../../helpers/collections';
import { operatorClient } from '../../helpers/operator';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { until } from '../../helpers/until';
import { type Browser, openBrowser, signedInBrowser } from './scriptless-browser';

let service: Service;
let company: TestCompany;
let browser: Browser & { email: string; userId: string };

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  browser = await signedInBrowser(service, company);
});

const operator = operatorClient(() => service);
const flag = async (id: string) =>
  (await service.ctx.store.certificates.find(company.id, id))?.opt_out.revoke;
const settings = async () => (await service.ctx.store.companies.find(company.id))!;

describe('settings', () => {
  const valid = {
    action: 'anonymise',
    after_days: '3',
    session_days: '30',
    certificate_days: '400',
    enabled: '1',
    parties: 'comp-a\n  comp-b \n\n',
    allowlist: '127.0.0.1\r\n::1\r\n2001:db8::/32',
  };

  test('are stored as the operator would store them, with an audit entry', async () => {
    const before = await settings();
    const asked = await browser.post('/dashboard/settings', valid);
    expect([asked.status, asked.html]).toEqual([
      200,
      expect.stringContaining('Anonymise consents after 3 days, recordings after 30 days'),
    ]);
    expect(asked.html).toContain('name="certificate_days" value="400"');
    expect(await settings()).toEqual(before);
    const answer = await browser.post('/dashboard/settings', { ...valid, confirmed: '1' });
    expect(answer.location).toBe('/dashboard/settings?saved=1');
    expect(await settings()).toMatchObject({
      third_party_verification_enabled: true,
      authorized_third_parties: ['comp-a', 'comp-b'],
      ip_allowlist: ['127.0.0.1', '::1', '2001:db8::/32'],
      retention: { action: 'anonymise', after_days: 3, session_days: 30, certificate_days: 400 },
    });
    const { items } = await service.ctx.store.audit.list(company.id, {}, { limit: 1 });
    expect(items[0]).toMatchObject({
      action: 'company.updated',
      actor: { type: 'user', id: browser.userId },
    });
  });

  test('say beside the field what is wrong and keep what was typed; nothing is stored', async () => {
    const before = await settings();
    const wrongs: [Partial<typeof valid>, string, string][] = [
      [{ session_days: '-1' }, 'session_days', 'value="-1"'],
      [{ after_days: '1.5' }, 'after_days', 'value="1.5"'],
      [{ certificate_days: '' }, 'certificate_days', 'value=""'],
      [{ allowlist: '127.0.0.1\n<b>x</b>' }, 'allowlist', '&lt;b&gt;x&lt;/b&gt;'],
      [{ allowlist: '192.0.2.1' }, 'allowlist', '192.0.2.1</textarea>'],
      [{ parties: 'x'.repeat(201) }, 'parties', 'x'.repeat(201)],
      [{ action: 'burn' }, 'action', ''],
    ];
    for (const [wrong, name, kept] of wrongs) {
      const { status, html } = await browser.post('/dashboard/settings', { ...valid, ...wrong });
      expect([name, status]).toEqual([name, 400]);
      expect(html).toContain(`id="${name}-error"`);
      expect(html).toContain(kept);
    }
    expect(await settings()).toEqual(before);
  });
});

describe('a selection', () => {
  test('cannot name other companies’ certificates, nor be confirmed with another count', async () => {
    const mine = await makeCertificate(service.ctx, company);
    const other = await makeCertificate(service.ctx, await makeCompany(service.ctx));
    const asked = await browser.post('/dashboard/certificates/selection', {
      id: [mine.id, other.id, 'nothing'],
    });
    expect(asked.html).toContain('Revoke 1 certificate?');
    const path = '/dashboard/certificates/revocations';
    const all = { all: '1', q: '', status: 'all' };
    for (const wrong of [
      { ...all, count: '2', fingerprint: 'x' },
      { ...all, count: '1', fingerprint: '' },
      { ...all },
    ]) {
      expect(await browser.post(path, wrong)).toMatchObject({ status: 409 });
    }
    expect(await flag(mine.id)).toBe(false);
    const revoked = await browser.post(path, { id: [mine.id, other.id] });
    const answer = await browser.get(revoked.location ?? '');
    expect(answer.html).toContain('1 certificate was revoked.');
    expect(answer.html).toContain('1 was not found.');
    const row = await collections(service.ctx).certificates.findOne({ _id: other.id });
    expect(row?.opt_out.revoke).toBe(false);
  });

  test('by a search too long to match anything is of nothing, not of everything', async () => {
    await makeCertificate(service.ctx, company);
    const q = 'x'.repeat(1_500);
    const searched = await browser.get(`/dashboard/certificates?q=${q}`);
    expect(searched.html).toContain('No certificate was found.');
    expect(searched.html).toContain(`value="${q}"`);
    const asked = await browser.post('/dashboard/certificates/selection', { all: '1', q });
    expect(asked.html).toContain('Nothing to revoke');
  });

  test('keeps a reason that is too long, and revokes nothing', async () => {
    const { id } = await makeCertificate(service.ctx, company);
    const reason = 'r'.repeat(1_001);
    for (const [path, fields] of [
      ['/dashboard/certificates/revocations', { id, reason }],
      [`/dashboard/certificates/${id}/revoke`, { reason }],
    ] as const) {
      const { status, html } = await browser.post(path, fields);
      expect(status).toBe(400);
      expect(html).toContain(reason);
      expect(html).toContain('id="reason-error"');
    }
    expect(await flag(id)).toBe(false);
  });
});

describe('an upload', () => {
  const body = (fields: Record<string, string>, file?: string) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    if (file !== undefined) form.append('file', new Blob([file]), 'list.csv');
    return form;
  };
  const batches = () => collections(service.ctx).batches.find({ company_id: company.id }).toArray();
  const upload = (form: FormData, by: Browser = browser, headers = {}) =>
    by.post('/dashboard/revocations', form, headers);

  test('becomes a dry run by this user', async () => {
    const fields = { form_token: browser.formToken(), reason: 'November' };
    const { location } = await upload(body(fields, 'email\na@example.com\n'));
    const [batch] = await batches();
    expect(location).toBe(`/dashboard/revocations/${batch!._id}`);
    expect(batch).toMatchObject({
      dry_run: true,
      reason: 'November',
      state: 'queued',
      method: 'csv',
      actor: { type: 'user', id: browser.userId },
    });
  });

  test('is refused, and nothing of it kept, without its token, from viewers, or when it is no list', async () => {
    const form_token = browser.formToken();
    const viewer = await signedInBrowser(service, company, 'viewer');
    const list = 'email\na@example.com\n';
    const late = body({}, list);
    late.append('form_token', form_token);
    const tries: [FormData, Browser, object, number][] = [
      [body({}, list), browser, {}, 403],
      [late, browser, {}, 403],
      [body({ form_token: 'x' }, list), browser, {}, 403],
      [body({ form_token }, list), browser, { 'sec-fetch-site': 'cross-site' }, 403],
      [body({ form_token: viewer.formToken() }, list), viewer, {}, 403],
      [body({ form_token }, list), openBrowser(service), {}, 303],
      [body({ form_token }), browser, {}, 400],
      [body({ form_token }, ''), browser, {}, 400],
      [body({ form_token }, 'city\nBerlin\n'), browser, {}, 400],
      [body({ form_token, reason: 'r'.repeat(1_001) }, list), browser, {}, 400],
    ];
    for (const [i, [form, by, headers, status]] of tries.entries()) {
      expect([i, (await upload(form, by, headers)).status]).toEqual([i, status]);
    }
    await until('nothing is kept', async () => (await batches()).length === 0);
  });

  test('is neither seen nor changed by another company', async () => {
    const fields = { form_token: browser.formToken() };
    const { location } = await upload(body(fields, 'email\na@example.com\n'));
    const stranger = await signedInBrowser(service, await makeCompany(service.ctx));
    const path = location ?? '';
    expect((await stranger.get(path)).status).toBe(404);
    expect((await stranger.get(`${path}/errors.csv`)).status).toBe(404);
    for (const verb of ['commit', 'cancel', 'retry']) {
      expect((await stranger.post(`${path}/${verb}`, {})).status).toBe(404);
    }
    expect((await batches())[0]?.state).toBe('queued');
    expect(await browser.post(`${path}/commit`, {})).toMatchObject({ status: 409 });
    expect((await browser.post(`${path}/cancel`, {})).location).toBe(path);
  });
});

describe('the audit log and the wallet', () => {
  test('are filtered by day, and exported with the same filter', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const seen = await browser.get(
      `/dashboard/audit?action=user.signed_in&from=${today}&to=${today}`,
    );
    expect(seen.html).toContain(browser.email);
    expect((await browser.get('/dashboard/audit?from=2020-01-01&to=2020-01-02')).html).toContain(
      'No entry was found.',
    );
    for (const [name, wrong] of [
      ['from', '2020-13-45'],
      ['to', 'soon'],
      ['action', 'certificate.revokd'],
      ['method', 'fax'],
      ['certificate_id', 'x'.repeat(201)],
    ] as const) {
      const { status, html } = await browser.get(`/dashboard/audit?${name}=${wrong}`);
      expect([name, status]).toEqual([name, 400]);
      expect(html).toContain(`id="${name}-error"`);
      expect(html).toContain(`value="${wrong}"`);
      const file = await browser.get(`/dashboard/audit.csv?${name}=${wrong}`);
      expect(file.location).toContain(`${name}=${wrong}`);
    }
    const csv = await browser.get('/dashboard/audit.csv?action=user.signed_in');
    expect(csv.received.get('content-type')).toContain('text/csv');
    expect(csv.received.get('content-disposition')).toContain('audit.csv');
    expect(csv.html.trim().split('\n')).toHaveLength(2);
  });

  test('show what was spent, a low balance, and where to top up', async () => {
    const { id } = await makeCertificate(service.ctx, company);
    const check = { ...company.ids, certificate_id: id, consent: CONSENT };
    expect((await service.post('/verify/match', check)).status).toBe(200);
    const before = await browser.get('/dashboard/wallet');
    expect(before.html).toContain('-$0.015');
    expect(before.html).toContain('$9.985');
    expect(before.html).not.toContain('balance is low');
    const change = { low_balance_microusd: 9_990_000, top_up_url: 'https://pay.example/x?y=1' };
    expect((await operator('PATCH', `/companies/${company.id}`, change)).status).toBe(200);
    const after = await browser.get('/dashboard/wallet');
    expect(after.html).toContain('balance is low');
    expect(after.html).toContain('href="https://pay.example/x?y=1"');
    const script = { top_up_url: 'javascript:alert(1)' };
    expect((await operator('PATCH', `/companies/${company.id}`, script)).status).toBe(400);
  });
});

describe('the operator’s links', () => {
  const users = () => `/companies/${company.id}/users`;
  const pathOf = (url: string) => {
    expect(url.startsWith(`${service.url}/dashboard/links/`)).toBe(true);
    return url.slice(service.url.length);
  };

  test('invite somebody, once, and a repeat under the same key does not show the link', async () => {
    const email = `new@${company.id}.example`;
    const key = { 'idempotency-key': company.id };
    const invite = () => operator('POST', `${users()}/invitations`, { email, role: 'viewer' }, key);
    const { status, body } = await invite();
    expect(status).toBe(201);
    expect(Date.parse(body.expires_at)).toBeGreaterThan(Date.now() + 71 * 3_600_000);
    const again = await invite();
    expect(again).toMatchObject({ status: 201, body: { expires_at: body.expires_at } });
    expect(again.body.url).toBeUndefined();
    const guest = openBrowser(service);
    const path = pathOf(body.url);
    expect((await guest.get(path)).html).toContain(email);
    expect((await guest.post(path, { password: 'short' })).status).toBe(400);
    expect((await guest.post(path, { password: PASSWORD })).location).toBe(
      '/dashboard/login?ready=1',
    );
    expect((await guest.get(path)).status).toBe(404);
    expect((await guest.post('/dashboard/login', { email, password: PASSWORD })).status).toBe(303);
    const listed = await operator('GET', users());
    expect(listed.body.users).toEqual([
      expect.objectContaining({ user_id: browser.userId, role: 'admin' }),
      expect.objectContaining({ email, role: 'viewer' }),
    ]);
    expect(JSON.stringify(listed.body)).not.toContain('scrypt');
  });

  test('reset a password; wrong requests are refused', async () => {
    const reset = await operator('POST', `${users()}/${browser.userId}/reset`);
    expect(reset.status).toBe(201);
    const guest = openBrowser(service);
    await guest.post(pathOf(reset.body.url), { password: 'a password never used before' });
    expect((await browser.get('/dashboard/wallet')).status).toBe(303);
    const { email } = browser;
    const signIn = { email, password: 'a password never used before' };
    expect((await guest.post('/dashboard/login', signIn)).location).toBe('/dashboard');
    expect((await operator('POST', `${users()}/usr_nobody/reset`)).status).toBe(404);
    expect((await service.post(`/operator${users()}/invitations`, {})).status).toBe(401);
    const wrong = { email: 'x', role: 'owner' };
    expect((await operator('POST', `${users()}/invitations`, wrong)).status).toBe(400);
    const taken = { email, role: 'viewer' };
    expect((await operator('POST', `${users()}/invitations`, taken)).status).toBe(409);
  });
});
