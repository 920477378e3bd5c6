import type { Context } from '../../../src/context';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { shown } from './forms';

let service: Service;
let ctx: Context;
let company: TestCompany;

beforeAll(async () => {
  service = await startService(testConfig({ OPT_OUT_RATE_PER_MINUTE: '1' }));
  ({ ctx } = service);
  company = await makeCompany(ctx);
});

afterAll(() => service.close());

const optOutOf = async (of: TestCompany, id: string) =>
  (await ctx.store.certificates.find(of.id, id))!.opt_out;

const makeLink = (body: Record<string, string>, path = '/opt-out/links') =>
  service.post(path, body, { token: company.token });

const send = async (url: string, body?: URLSearchParams | FormData) =>
  shown(await fetch(url, { method: 'POST', redirect: 'manual', ...(body && { body }) }));

const oneClick = () => new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });

test('a mail provider’s POST revokes what the link is for, with that company only', async () => {
  const other = await makeCompany(ctx);
  const email = 'jo@example.com';
  const here = await makeCertificate(ctx, company, { email });
  const there = await makeCertificate(ctx, other, { email });
  const { status, body } = await makeLink({ email: ' Jo@Example.com' });
  expect(status).toBe(200);
  expect(body.url.startsWith(`${service.url}/opt-out/one-click/`)).toBe(true);
  expect(body.headers).toEqual({
    'List-Unsubscribe': `<${String(body.url)}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  });
  expect(Buffer.from(body.url, 'base64url').toString('latin1')).not.toContain('example.com');

  const opened = await shown(await fetch(body.url));
  expect(opened.heading).toBe('Withdraw your consent to Example Corp?');
  const inSpanish = new URL(/href="([^"]+)" lang="es"/.exec(opened.html)![1]!, service.url);
  expect((await shown(await fetch(inSpanish))).heading).toContain('¿Quiere retirar');
  expect((await optOutOf(company, here.id)).revoke).toBe(false);
  const done = await send(body.url, oneClick());
  expect(done).toMatchObject({ status: 200, heading: 'Your consent has been revoked' });
  expect(await optOutOf(company, here.id)).toMatchObject({
    revoke: true,
    method: 'consumer_portal',
    reason: expect.stringMatching(/^One-click unsubscribe, reference RSC-/),
  });
  expect((await optOutOf(other, there.id)).revoke).toBe(false);

  const again = await shown(await fetch(body.url));
  expect(again.heading).toBe('There is nothing left to revoke');
  expect(again.html).toContain(`href="/opt-out?company=${company.id}"`);
  expect(again.html).toContain('ten working days at most');
  expect(again.html).toContain('lang=es');

  // The same mail, opened again after consent was given again.
  const later = await makeCertificate(ctx, company, { email });
  await send(body.url, oneClick());
  expect((await optOutOf(company, later.id)).revoke).toBe(true);
});

test('a link is for one of the three, and a call without it is told so', async () => {
  for (const body of [{}, { email: 'a@example.com', mobile: '+14155550100' }]) {
    expect(await makeLink(body as Record<string, string>)).toMatchObject({
      status: 400,
      body: {
        details: [
          {
            path: 'body',
            message: 'must have exactly one of certificate_id, email and mobile',
          },
        ],
      },
    });
  }
});

test('both kinds of form are accepted, any number from one IP', async () => {
  for (const mobile of ['+14155550101', '+14155550102', '+14155550103']) {
    const { id } = await makeCertificate(ctx, company, { mobile });
    const { body } = await makeLink({ mobile }, '/api/opt-out/links');
    const form = new FormData();
    form.set('List-Unsubscribe', 'One-Click');
    expect((await send(body.url, form)).status).toBe(200);
    expect((await optOutOf(company, id)).revoke).toBe(true);
  }
});

test.each([
  ['a line break at the end', 'List-Unsubscribe=One-Click\r\n'],
  ['line breaks around it', '\r\nList-Unsubscribe=One-Click\r\n\r\n'],
  ['the field twice', 'List-Unsubscribe=One-Click&List-Unsubscribe=One-Click'],
  ['another name of UTF-8', 'List-Unsubscribe=One-Click', '; charset=utf8'],
])('a provider’s body with %s is accepted', async (what, body, charset = '') => {
  const email = `${what.replaceAll(' ', '-')}@example.com`;
  const { id } = await makeCertificate(ctx, company, { email });
  const { url } = (await makeLink({ email })).body as { url: string };
  const type = `application/x-www-form-urlencoded${charset}`;
  const sent = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
  expect(sent.status).toBe(200);
  expect((await optOutOf(company, id)).revoke).toBe(true);
});

test('the field twice as parts of a form is accepted, unless one says something else', async () => {
  const email = 'parts@example.com';
  const { id } = await makeCertificate(ctx, company, { email });
  const { url } = (await makeLink({ email })).body as { url: string };
  const form = (...values: string[]) => {
    const made = new FormData();
    for (const value of values) made.append('List-Unsubscribe', value);
    return made;
  };
  expect((await send(url, form('One-Click', 'Not'))).status).toBe(400);
  expect((await optOutOf(company, id)).revoke).toBe(false);
  expect((await send(url, form('One-Click', 'One-Click'))).status).toBe(200);
  expect((await optOutOf(company, id)).revoke).toBe(true);
});

test('a link for one certificate leaves the person’s others', async () => {
  const email = 'several@example.com';
  const [one, two] = [
    await makeCertificate(ctx, company, { email }),
    await makeCertificate(ctx, company, { email }),
  ];
  const { body } = await makeLink({ certificate_id: one.id });
  await send(body.url, oneClick());
  expect((await optOutOf(company, one.id)).revoke).toBe(true);
  expect((await optOutOf(company, two.id)).revoke).toBe(false);
});

test('anything but the one click is refused and revokes nothing', async () => {
  const { id } = await makeCertificate(ctx, company, { email: 'stay@example.com' });
  const { url } = (await makeLink({ email: 'stay@example.com' })).body as { url: string };
  const file = new FormData();
  file.set('file', new Blob(['x']), 'x.txt');
  const bodies = [undefined, new URLSearchParams({ 'List-Unsubscribe': 'Two' }), file];
  for (const body of bodies) expect((await send(url, body)).status).toBe(400);
  for (const forged of [
    `${url}A`,
    `${url.slice(0, -3)}AAA`,
    `${service.url}/opt-out/one-click/x`,
  ]) {
    expect(await send(forged, oneClick())).toMatchObject({
      status: 404,
      heading: 'This link does not work',
    });
    const opened = await shown(await fetch(forged));
    expect(opened).toMatchObject({ status: 404, heading: 'This link does not work' });
    expect(opened.html).toContain('action="/opt-out/find"');
  }
  expect((await optOutOf(company, id)).revoke).toBe(false);
});

test('links are made for companies only, for one identifier each', async () => {
  const bodies: Record<string, string>[] = [
    {},
    { email: 'a@example.com', mobile: '+14155550100' },
    { email: 'nobody' },
  ];
  for (const body of bodies) expect((await makeLink(body)).status).toBe(400);
  const open = await service.post('/opt-out/links', { email: 'a@example.com' });
  expect(open.status).toBe(401);
  const foreign = await makeCompany(ctx);
  const asked = { company_id: foreign.id, email: 'a@example.com' };
  expect((await makeLink(asked)).status).toBe(403);
});

test('the support of Global Privacy Control can be looked up', async () => {
  const { body } = await service.get('/.well-known/gpc.json');
  expect(body).toEqual({ gpc: true, lastUpdate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
});
