import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { shown, submit } from '../portal/forms';
import { look, operatorBasic, PAGES } from './operator-browser';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  company = await makeCompany(service.ctx, { balanceMicrousd: 0 });
});
afterAll(() => service.close());

const send = (to: string, form: Record<string, string>) =>
  submit(service, to, form, operatorBasic(service));
/** Sends a form that redirects; the page that it leads to, with the cookies that came with it. */
const sendAndFollow = async (to: string, form: Record<string, string>) => {
  const { status, headers } = await send(to, form);
  expect([to, status]).toEqual([to, 303]);
  const cookie = headers
    .getSetCookie()
    .map((set) => set.split(';')[0])
    .join('; ');
  const get = async () => {
    const path = service.url + (headers.get('location') ?? '');
    return shown(await fetch(path, { headers: { ...operatorBasic(service), cookie } }));
  };
  return { ...(await get()), headers, reload: get };
};
const audited = async (action: string) =>
  (await service.ctx.store.audit.list(company.id, { action }, { limit: 10 })).items;
const noticeOf = ({ headers }: { headers: Headers }) =>
  new URL(headers.get('location') ?? '', service.url).searchParams.get('notice');

describe('key pairs', () => {
  const at = () => `/companies/${company.id}/api-keys`;
  const shownIn = (html: string, id: string) =>
    new RegExp(`id="${id}">([^<]+)<`).exec(html)?.[1] ?? '';

  test('are created with an expiry, shown once, listed, and revoked once confirmed', async () => {
    const form = { key_label: 'Billing', key_expires: '2099-12-31' };
    const made = await sendAndFollow(PAGES + at(), form);
    const [key, secret] = [shownIn(made.html, 'client-key'), shownIn(made.html, 'secret-key')];
    const headers = { 'x-client-key': key, 'x-secret-key': secret };
    const call = async () => (await service.get('/v2/consent/user/u-1', { headers })).status;
    expect(await call()).toBe(404);
    const [listed] = await service.ctx.store.credentials.listApiKeys(company.id);
    expect(listed).toMatchObject({ label: 'Billing', expires_at: new Date('2100-01-01') });
    const { html } = await look(service, `/companies/${company.id}/credentials`);
    expect(html).toContain(key);
    expect(html).not.toContain(secret);
    const revoke = `${at()}/${key}/revoke`;
    expect((await look(service, revoke)).html).toContain(`Revoke the key pair ${key}?`);
    expect(await call()).toBe(404);
    expect(noticeOf(await send(PAGES + revoke, {}))).toBe('keyPairRevoked');
    expect(await call()).toBe(498);
    expect(noticeOf(await send(PAGES + revoke, {}))).toBe('keyPairGone');
    expect(noticeOf(await look(service, revoke))).toBe('keyPairGone');
    for (const action of ['api_key.created', 'api_key.revoked']) {
      expect(await audited(action)).toMatchObject([
        { actor: { type: 'operator', id: null }, ip: '127.0.0.1' },
      ]);
    }
  });

  test('need neither a label nor an expiry', async () => {
    await send(PAGES + at(), { key_label: ' ', key_expires: '' });
    const [listed] = await service.ctx.store.credentials.listApiKeys(company.id);
    expect(listed).toMatchObject({ label: null, expires_at: null });
  });

  test.each([
    [{ key_label: 'x'.repeat(201), key_expires: '' }, 'key_label'],
    [{ key_label: 'CRM', key_expires: '2020-01-01' }, 'key_expires'],
    [{ key_label: 'CRM', key_expires: 'soon' }, 'key_expires'],
  ])('%j is refused beside the field', async (form, wrong) => {
    const reply = await send(PAGES + at(), form);
    expect(reply.status).toBe(400);
    expect(reply.html.match(/id="\w+-error"/g)).toEqual([`id="${wrong}-error"`]);
    expect(await service.ctx.store.credentials.listApiKeys(company.id)).toEqual([]);
  });

  test('of another company are out of reach', async () => {
    const other = await makeCompany(service.ctx);
    await send(`${PAGES}/companies/${other.id}/api-keys`, { key_label: '', key_expires: '' });
    const [key] = await service.ctx.store.credentials.listApiKeys(other.id);
    const reply = await send(`${PAGES}${at()}/${key?.client_key ?? ''}/revoke`, {});
    expect(noticeOf(reply)).toBe('keyPairGone');
    expect(await service.ctx.store.credentials.listApiKeys(other.id)).toHaveLength(1);
  });
});

describe('tokens', () => {
  const at = () => `${PAGES}/companies/${company.id}/tokens`;

  test('are created with scopes and an expiry, and shown once', async () => {
    const form = { token_label: 'CRM', scopes: 'audit', token_expires: '2099-12-31' };
    const { html } = await sendAndFollow(at(), form);
    const token = /id="token">([^<]+)</.exec(html)?.[1] ?? '';
    expect((await service.get('/audit', { token })).status).toBe(200);
    expect((await service.get('/wallet', { token })).status).toBe(403);
    expect((await look(service, `/companies/${company.id}/credentials`)).html).not.toContain(token);
    const [made] = (await service.ctx.store.credentials.listTokens(company.id)).filter(
      ({ label }) => label === 'CRM',
    );
    expect(made?.expires_at).toEqual(new Date('2100-01-01'));
    expect((await audited('token.created'))[0]?.actor).toEqual({ type: 'operator', id: null });
  });

  test('have the limits that are typed, and no others', async () => {
    const form = { token_label: 'CRM', scopes: 'audit', token_expires: '', token_per_second: '' };
    const { html } = await sendAndFollow(at(), { ...form, token_per_day: ' 1 ' });
    expect(html).toContain('1 a day');
    const token = /id="token">([^<]+)</.exec(html)?.[1] ?? '';
    expect((await service.get('/audit', { token })).status).toBe(200);
    expect((await service.get('/audit', { token })).status).toBe(429);
    const [made] = await service.ctx.store.credentials.listTokens(company.id);
    expect(made?.limits).toEqual({ per_day: 1 });
  });

  test.each([
    [{ token_label: ' ' }, 'token_label'],
    [{ scopes: 'everything' }, 'scopes'],
    [{ token_expires: '2020-01-01' }, 'token_expires'],
    [{ token_per_second: '0' }, 'token_per_second'],
    [{ token_per_day: '1e3' }, 'token_per_day'],
  ])('%j is refused beside the field, and the rest stays', async (more, wrong) => {
    const form = { token_label: 'CRM', scopes: 'audit', token_expires: '', ...more };
    const reply = await send(at(), form);
    expect(reply.status).toBe(400);
    expect(reply.html.match(/id="\w+-error"/g)).toEqual([`id="${wrong}-error"`]);
    if (wrong !== 'token_label') expect(reply.html).toContain('value="CRM"');
    expect(await service.ctx.store.credentials.listTokens(company.id)).toHaveLength(1);
  });
});

describe('properties', () => {
  const at = () => `/companies/${company.id}/properties`;
  const info = async (property_id: string) => {
    const ids = { company_id: company.id, property_id };
    return (await service.post('/verify/certificate-info', { ...ids, certificate_id: 'x' })).body;
  };

  test('are added, their id shown once, and revoked once confirmed', async () => {
    const form = { property_name: 'Shop', property_domain: 'shop.example', property_id: '' };
    const made = await sendAndFollow(PAGES + at(), form);
    const id = /id="made-property-id">([^<]+)</.exec(made.html)?.[1] ?? '';
    expect((await info(id)).error).toBe('Certificate not found');
    const { html } = await look(service, `/companies/${company.id}/properties`);
    expect(html).toContain('shop.example');
    expect(html).not.toContain(id);
    const properties = await service.ctx.store.credentials.listProperties(company.id);
    const ref = properties.find(({ name }) => name === 'Shop')?._id ?? '';
    const revoke = `${at()}/${ref}/revoke`;
    expect((await look(service, revoke)).html).toContain('Revoke the property Shop?');
    expect(noticeOf(await send(PAGES + revoke, {}))).toBe('propertyRevoked');
    expect((await info(id)).error).toBe('Property not found');
    expect(noticeOf(await send(PAGES + revoke, {}))).toBe('propertyGone');
    expect(noticeOf(await look(service, revoke))).toBe('propertyGone');
    expect(await audited('property.revoked')).toMatchObject([
      { actor: { type: 'operator', id: null }, ip: '127.0.0.1' },
    ]);
    const created = (await audited('property.created')).map(({ actor }) => actor.type);
    expect(created).toEqual(['operator', 'system']);
  });

  test.each([
    [{ property_name: ' ' }, 'property_name'],
    [{ property_domain: 'not a domain' }, 'property_domain'],
    [{ property_id: 'x'.repeat(201) }, 'property_id'],
  ])('%j is refused beside the field, and the rest stays', async (more, wrong) => {
    const form = { property_name: 'Shop', property_domain: 'shop.example', property_id: '' };
    const reply = await send(PAGES + at(), { ...form, ...more });
    expect(reply.status).toBe(400);
    expect(reply.html.match(/id="\w+-error"/g)).toEqual([`id="${wrong}-error"`]);
    expect(await audited('property.created')).toHaveLength(1);
  });

  test('keep an ID that is asked for, which nobody gets twice', async () => {
    const property_id = `site of ${company.id}`;
    const form = { property_name: 'Shop', property_domain: 'shop.example', property_id };
    expect((await sendAndFollow(PAGES + at(), form)).html).toContain(property_id);
    const again = await send(PAGES + at(), form);
    expect(again.status).toBe(400);
    expect(again.html).toMatch(/id="property_id-error"[^>]*>The company has, or had/);
  });

  test('of another company are out of reach', async () => {
    const other = await makeCompany(service.ctx);
    const [property] = await service.ctx.store.credentials.listProperties(other.id);
    const reply = await send(`${PAGES}${at()}/${property?._id ?? ''}/revoke`, {});
    expect(noticeOf(reply)).toBe('propertyGone');
    expect(await service.ctx.store.credentials.listProperties(other.id)).toHaveLength(1);
  });
});

describe('what was made', () => {
  const made: [string, string, Record<string, string>][] = [
    ['api-keys', 'secret-key', { key_label: 'CRM', key_expires: '' }],
    [
      'properties',
      'made-property-id',
      { property_name: 'Shop', property_domain: 'shop.example', property_id: '' },
    ],
  ];

  test.each(made)(
    'as %s is one thing, however often its form is sent',
    async (folder, id, form) => {
      const path = `/companies/${company.id}`;
      const { html } = await look(service, `${path}/wallet`);
      const operation_id = /name="operation_id" value="([^"]+)"/.exec(html)?.[1] ?? '';
      const twice = await Promise.all(
        [1, 2].map(() => sendAndFollow(`${PAGES}${path}/${folder}`, { ...form, operation_id })),
      );
      const secrets = twice.map((page) => new RegExp(`id="${id}">([^<]+)<`).exec(page.html)?.[1]);
      expect(secrets[0]).toMatch(/^\S{40,}$/);
      expect(secrets[1]).toBe(secrets[0]);
      const action = folder === 'api-keys' ? 'api_key.created' : 'property.created';
      const mine = (await audited(action)).filter(({ actor }) => actor.type === 'operator');
      expect(mine).toHaveLength(1);
    },
  );

  test('is shown on the page of its company only, until it is put away', async () => {
    const path = `${PAGES}/companies/${company.id}`;
    const page = await sendAndFollow(`${path}/api-keys`, { key_label: '', key_expires: '' });
    const [cookie = ''] = page.headers.getSetCookie();
    expect(cookie).toContain(`Path=${path};`);
    expect(cookie).toMatch(/Max-Age=600;.*HttpOnly/);
    expect((await page.reload()).html).toContain('id="secret-key"');
    const other = await makeCompany(service.ctx);
    const elsewhere = await fetch(`${service.url}${PAGES}/companies/${other.id}`, {
      headers: { ...operatorBasic(service), cookie: cookie.split(';')[0] ?? '' },
    });
    expect(await elsewhere.text()).not.toContain('id="secret-key"');
    const away = await send(`${path}/copied?tab=credentials`, {});
    expect(away.headers.get('location')).toBe(`${path}/credentials`);
    expect(away.headers.getSetCookie()[0]).toMatch(/^rescind_shown=;.*Expires=Thu, 01 Jan 1970/);
  });
});
