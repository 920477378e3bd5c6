import { resumeSession } from '../../../src/core/users/session';
import { updateCompany } from '../../../src/core/companies/update-company';
import { IP, makeUser, open } from '../../core/users/scene';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { shown, submit } from '../portal/forms';
import { look, operatorBasic, PAGES } from './operator-browser';

let service: Service;
let company: TestCompany;
let path: string;

beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  company = await makeCompany(service.ctx, { balanceMicrousd: 0 });
  path = `/companies/${company.id}`;
});
afterAll(() => service.close());

type Form = Record<string, string> | [string, string][];
const send = (to: string, form: Form) => submit(service, PAGES + to, form, operatorBasic(service));
const stored = async (id = company.id) => (await service.ctx.store.companies.find(id))!;
const audited = async (action: string, id = company.id) =>
  (await service.ctx.store.audit.list(id, { action }, { limit: 10 })).items;
const noticeOf = ({ headers }: { headers: Headers }) =>
  new URL(headers.get('location') ?? '', service.url).searchParams.get('notice');
const errorsIn = (html: string) => html.match(/id="\w+-error"/g);
const operationIn = (html: string) => /name="operation_id" value="([^"]+)"/.exec(html)?.[1] ?? '';

describe('a new company', () => {
  test('is made once, however often its form is sent, and says what it needs next', async () => {
    const operation_id = operationIn((await look(service, '/new-company')).html);
    const form = { name: 'Fresh & Co', company_id: '', operation_id };
    const sent = await Promise.all([1, 2].map(() => send('/companies', form)));
    const [first, second] = sent.map(({ headers }) => headers.get('location') ?? '');
    expect(second).toBe(first);
    const { html } = await look(service, first!.slice(PAGES.length));
    expect(html).toContain('The company was created.');
    expect(html).toContain('0 of 4 done');
    const id = /companies\/(comp_[^?]+)\?/.exec(first!)?.[1] ?? '';
    expect(await stored(id)).toMatchObject({ name: 'Fresh & Co' });
    expect(await audited('company.created', id)).toMatchObject([
      { actor: { type: 'operator', id: null }, ip: '127.0.0.1' },
    ]);
    const at = `/companies/${id}`;
    await send(`${at}/properties`, { property_name: 'S', property_domain: 's.example' });
    await send(`${at}/people`, { email: `a@${id}.example`, role: 'admin' });
    await send(`${at}/tokens`, { token_label: 'T', scopes: 'verify' });
    expect((await look(service, `${at}/wallet`)).html).toContain('3 of 4 done');
    const asked = await send(`${at}/top-ups`, { amount_usd: '5.00' });
    const query = new URL(asked.headers.get('location') ?? '', service.url).searchParams;
    await send(`${at}/top-ups`, { ...Object.fromEntries(query), confirmed: '1' });
    expect((await look(service, at)).html).not.toContain('id="set-up"');
  });

  test('may have an ID of its own, which nobody has', async () => {
    const company_id = `${company.id}.new`;
    expect(noticeOf(await send('/companies', { name: 'Own', company_id }))).toBe('companyCreated');
    const taken = await send('/companies', { name: 'Other', company_id });
    expect(taken.status).toBe(400);
    expect(taken.html).toMatch(/id="company_id-error"[^>]*>There is a company with the ID/);
    expect(taken.html).toContain('value="Other"');
    expect(await stored(company_id)).toMatchObject({ name: 'Own' });
  });

  test.each([
    [{ name: ' ', company_id: '' }, 'name'],
    [{ name: 'x', company_id: 'with a space' }, 'company_id'],
  ])('%j is refused beside the field', async (form, wrong) => {
    const reply = await send('/companies', form);
    expect([reply.status, errorsIn(reply.html)]).toEqual([400, [`id="${wrong}-error"`]]);
  });
});

describe('settings', () => {
  /** The form as a browser sends it untouched. */
  const form = async (): Promise<Record<string, string>> => {
    const { html } = await look(service, `${path}/settings`);
    const version = /name="version" value="([^"]+)"/.exec(html)?.[1] ?? '';
    return { name: 'Example Corp', body: '1', low: '5.00', version };
  };
  const withServices = (typed: Record<string, string>, services: string[]): [string, string][] => [
    ...Object.entries(typed),
    ...services.map((service): [string, string] => ['services', service]),
  ];
  const ALL = ['econsent', 'attestr', 'baanx'];

  test('are changed as far as they differ, and the audit log names these', async () => {
    expect(noticeOf(await send(`${path}/settings`, withServices(await form(), ALL)))).toBe(
      'settingsSame',
    );
    const changed = {
      ...(await form()),
      name: 'Renamed',
      allowlist: '192.0.2.1\n198.51.100.0/24',
      low: '12.5',
      limit_account_per_second: '50',
      top_up_url: 'https://pay.example/',
    };
    const sent = await send(`${path}/settings`, withServices(changed, ['econsent']));
    expect(noticeOf(sent)).toBe('settingsSaved');
    expect(await stored()).toMatchObject({
      name: 'Renamed',
      services: ['econsent'],
      ip_allowlist: ['192.0.2.1', '198.51.100.0/24'],
      low_balance_microusd: 12_500_000,
      limits: { account_per_second: 50 },
      top_up_url: 'https://pay.example/',
    });
    expect(await audited('company.updated')).toMatchObject([
      {
        actor: { type: 'operator', id: null },
        reason: 'settings: ip_allowlist, limits, low_balance_microusd, name, services, top_up_url',
      },
    ]);
    const { html } = await look(service, `${path}/settings`);
    expect(html).toContain('name="limit_account_per_second" type="text" value="50"');
    const back = { ...changed, ...(await form()), limit_account_per_second: '' };
    await send(`${path}/settings`, withServices(back, ALL));
    expect((await stored()).limits).toEqual({});
  });

  test('of a form that is out of date change nothing', async () => {
    const typed = { ...(await form()), name: 'Mine' };
    const input = { ip_allowlist: ['192.0.2.9'] };
    await updateCompany({ ctx: service.ctx, companyId: company.id, caller: CALLER, input });
    const late = await send(`${path}/settings`, withServices(typed, ALL));
    expect([late.status, late.html.includes('value="Mine"')]).toEqual([409, true]);
    expect(await stored()).toMatchObject({ name: 'Example Corp', ...input });
  });

  test.each([
    [{ name: ' ' }, 'name'],
    [{ allowlist: '192.0.2.1\nnowhere' }, 'allowlist'],
    [{ parties: 'x'.repeat(201) }, 'parties'],
    [{ low: '5,00' }, 'low'],
    [{ top_up_url: 'http://pay.example' }, 'top_up_url'],
    [{ limit_api_per_day: '0' }, 'limit_api_per_day'],
    [{ limit_running_files: 'two' }, 'limit_running_files'],
    [{ limit_stored_upload_bytes: '5' }, 'limit_stored_upload_bytes'],
  ])('%j is refused beside the field, and stays', async (more, wrong) => {
    const reply = await send(`${path}/settings`, withServices({ ...(await form()), ...more }, ALL));
    expect([reply.status, errorsIn(reply.html)]).toEqual([400, [`id="${wrong}-error"`]]);
    expect(reply.html).toContain(Object.values(more)[0]!.trim());
    expect(await audited('company.updated')).toEqual([]);
  });
});

describe('the clean-up policy', () => {
  const DAYS = { after_days: '0', session_days: '0', certificate_days: '0' };

  test('is asked about before it removes more, with what goes', async () => {
    await makeCertificate(service.ctx, company);
    const policy = { action: 'delete', ...DAYS };
    const asked = await send(`${path}/retention`, policy);
    const to = asked.headers.get('location') ?? '';
    expect(to).toContain(`${path}/retention/confirm?action=delete`);
    expect((await stored()).retention.action).toBe('keep');
    const { html } = await look(service, to.slice(PAGES.length));
    expect(html).toContain('Delete old data of Example Corp?');
    expect(html).toContain('1 certificate, 1 recording and 0 revoked consents are old enough');
    const confirmed = { ...policy, confirmed: '1' };
    expect(noticeOf(await send(`${path}/retention`, confirmed))).toBe('policySaved');
    expect((await stored()).retention).toMatchObject({ action: 'delete', certificate_days: 0 });
    // What removes less is not asked about.
    const longer = { ...policy, certificate_days: '30' };
    expect(noticeOf(await send(`${path}/retention`, longer))).toBe('policySaved');
    const shorter = await send(`${path}/retention`, { ...longer, certificate_days: '29' });
    expect(shorter.headers.get('location')).toContain('/retention/confirm?');
    expect(noticeOf(await send(`${path}/retention`, { ...longer, action: 'keep' }))).toBe(
      'policySaved',
    );
    expect(await audited('company.updated')).toHaveLength(3);
  });

  test.each([
    [{ action: 'burn' }, 'action'],
    [{ session_days: '' }, 'session_days'],
    [{ certificate_days: '36501' }, 'certificate_days'],
  ])('%j is refused beside the field, and nothing is changed', async (more, wrong) => {
    const form = { action: 'delete', ...DAYS, confirmed: '1', ...more };
    const reply = await send(`${path}/retention`, form);
    expect([reply.status, errorsIn(reply.html)]).toEqual([400, [`id="${wrong}-error"`]]);
    expect((await stored()).retention.action).toBe('keep');
  });
});

describe('people', () => {
  const at = () => `${path}/people`;

  test('are invited by a link that is shown once, and cancelled', async () => {
    const operation_id = operationIn((await look(service, at())).html);
    const form = { email: `New@${company.id}.example`, role: 'viewer', operation_id };
    const made = await send(at(), form);
    const [cookie = ''] = made.headers.getSetCookie().map((set) => set.split(';')[0]);
    const headers = { ...operatorBasic(service), cookie };
    const page = await shown(await fetch(`${service.url}${PAGES}${at()}`, { headers }));
    const link = /id="link">([^<]+)</.exec(page.html)?.[1] ?? '';
    expect((await fetch(link)).status).toBe(200);
    expect((await look(service, at())).html).not.toContain(link);
    const cancel = /action="\/operator\/pages([^"]+\/cancel)"/.exec(page.html)?.[1] ?? '';
    expect(noticeOf(await send(cancel, {}))).toBe('linkCancelled');
    expect((await fetch(link)).status).toBe(404);
    expect(noticeOf(await send(cancel, {}))).toBe('linkGone');
    for (const action of ['user.invited', 'user.invitation_cancelled']) {
      expect((await audited(action)).map(({ actor }) => actor.type)).toEqual(['operator']);
    }
  });

  test('have an email that is one, and none that the company has', async () => {
    const wrong = await send(at(), { email: 'nobody', role: 'admin' });
    expect([wrong.status, errorsIn(wrong.html)]).toEqual([400, ['id="email-error"']]);
    expect(wrong.html).toContain('value="nobody"');
    const { email } = await makeUser(service.ctx, company);
    const taken = await send(at(), { email, role: 'admin' });
    expect([taken.status, errorsIn(taken.html)]).toEqual([409, ['id="email-error"']]);
    expect(await audited('user.invited')).toEqual([]);
  });

  test('get another role at once, and are removed once confirmed', async () => {
    const { ctx } = service;
    const { id, email } = await makeUser(ctx, company);
    const secret = await open(ctx, email);
    const role = async () => (await resumeSession({ ctx, secret, ip: IP }))?.user.role;
    expect((await send(`${at()}/${id}/role`, { role: 'owner' })).status).toBe(400);
    for (const given of ['viewer', 'viewer']) {
      expect(noticeOf(await send(`${at()}/${id}/role`, { role: given }))).toBe('roleChanged');
    }
    expect(await role()).toBe('viewer');
    await send(`${at()}/${id}/role`, { role: 'admin' });
    expect((await audited('user.made_viewer')).map(({ reason }) => reason)).toEqual([id]);
    const question = await look(service, `${at()}/${id}/remove`);
    expect(question.html).toContain(`Remove ${email}?`);
    expect(question.html).toContain('This is the last admin');
    expect(await role()).toBe('admin');
    expect(noticeOf(await send(`${at()}/${id}/remove`, {}))).toBe('personRemoved');
    expect(await role()).toBeUndefined();
    for (const [to, form] of [
      ['remove', {}],
      ['reset', {}],
      ['role', { role: 'viewer' }],
    ] as const) {
      expect(noticeOf(await send(`${at()}/${id}/${to}`, form))).toBe('personGone');
    }
    expect(await audited('user.removed')).toMatchObject([
      { actor: { type: 'operator', id: null }, reason: id },
    ]);
  });

  test('of another company are out of reach', async () => {
    const other = await makeCompany(service.ctx);
    const { id } = await makeUser(service.ctx, other);
    for (const [to, form] of [
      ['remove', {}],
      ['reset', {}],
      ['role', { role: 'viewer' }],
    ] as const) {
      expect(noticeOf(await send(`${at()}/${id}/${to}`, form))).toBe('personGone');
    }
    expect(await service.ctx.store.accounts.findUser(other.id, id)).toMatchObject({
      role: 'admin',
    });
  });

  test('get a link for a new password once that is confirmed', async () => {
    const { id, email } = await makeUser(service.ctx, company);
    const { html } = await look(service, `${at()}/${id}/reset`);
    expect(html).toContain(`Let ${email} choose a new password?`);
    const form = { operation_id: operationIn(html) };
    const twice = await Promise.all([1, 2].map(() => send(`${at()}/${id}/reset`, form)));
    for (const { status, headers } of twice) {
      expect([status, headers.get('location')]).toEqual([303, PAGES + at()]);
    }
    expect(await audited('user.reset_issued')).toHaveLength(1);
  });
});

test('earlier addresses lead to where their forms are now', async () => {
  for (const [from, to] of [
    ['tokens', 'credentials'],
    ['api-keys', 'credentials'],
    ['top-ups', 'wallet'],
    ['retention', 'cleanups'],
  ]) {
    const { status, headers } = await look(service, `${path}/${from!}`);
    expect([status, headers.get('location')]).toEqual([303, `${PAGES}${path}/${to!}`]);
  }
});
