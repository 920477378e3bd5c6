import { PASSWORD } from '../../core/users/scene';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { operatorClient } from '../../helpers/operator';
import { type Service, startService } from '../../helpers/service';
import { type Browser, openBrowser, signedInBrowser } from './scriptless-browser';

const PATH = '/dashboard/settings/people';

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
const linkIn = (html: string) => /id="link">([^<]+)</.exec(html)?.[1] ?? '';
const follow = async (html: string) =>
  openBrowser(service).get(linkIn(html).slice(service.url.length));

describe('a link', () => {
  test('is made for whoever enters their own password, listed, and cancelled', async () => {
    const form = { email: `new@${company.id}.example`, role: 'viewer' };
    for (const current of ['', 'wrong']) {
      const refused = await browser.post(PATH, { ...form, current });
      expect(refused.status).toBe(400);
      expect(refused.html).toContain('id="current-error"');
      expect(refused.html).toContain(form.email);
      expect(linkIn(refused.html)).toBe('');
    }
    const made = await browser.postAndFollow(PATH, { ...form, current: PASSWORD });
    expect(made.html).toContain('Links that wait');
    expect(made.html).toContain(`Cancel the link for ${form.email}`);
    expect((await follow(made.html)).status).toBe(200);
    const cancel = /action="([^"]+links[^"]+cancel)"/.exec(made.html)?.[1] ?? '';
    expect((await browser.post(cancel, {})).location).toBe(`${PATH}?cancelled=1`);
    expect((await browser.post(cancel, {})).location).toBe(`${PATH}?cancelled=1`);
    expect((await follow(made.html)).status).toBe(404);
    await browser.post(`${PATH}/copied`, {});
    expect((await browser.get(PATH)).html).not.toContain(form.email);
  });

  test('for a colleague’s new password is asked for in the same way', async () => {
    const colleague = await signedInBrowser(service, company, 'viewer');
    const path = `${PATH}/${colleague.userId}/reset`;
    expect((await browser.get(path)).html).toContain('Your password');
    const refused = await browser.post(path, { current: 'wrong' });
    expect(refused.status).toBe(400);
    expect(refused.html).toContain('id="current-error"');
    const made = await browser.postAndFollow(path, { current: PASSWORD });
    expect((await follow(made.html)).html).toContain(colleague.email);
    expect((await colleague.post(path, { current: PASSWORD })).status).toBe(403);
    const change = { current: PASSWORD, next: 'a password never used before' };
    await colleague.post('/dashboard/settings/account', change);
    expect((await follow(made.html)).status).toBe(404);
  });

  test('is answered alike whether or not somebody elsewhere has the email', async () => {
    const stranger = await signedInBrowser(service, await makeCompany(service.ctx));
    const invite = async (email: string) => {
      const reply = await browser.postAndFollow(PATH, { email, role: 'viewer', current: PASSWORD });
      const [link, followed] = [linkIn(reply.html), await follow(reply.html)];
      const plain = (html: string) =>
        html
          .replaceAll(email, 'EMAIL')
          .replaceAll(link, 'LINK')
          .replace(/links\/[\w-]+/g, 'links/X');
      return { statuses: [reply.status, followed.status], html: plain(followed.html), link, email };
    };
    const known = await invite(stranger.email);
    const unknown = await invite(`unknown@${company.id}.example`);
    expect(known.statuses).toEqual(unknown.statuses);
    expect(known.html).toBe(unknown.html);
    for (const { link, email } of [known, unknown]) {
      const guest = openBrowser(service);
      const password = 'a password never used before';
      const set = await guest.post(link.slice(service.url.length), { password });
      expect(set.location).toBe('/dashboard/login?ready=1');
      const entered = await guest.post('/dashboard/login', { email, password });
      expect(entered.location).toBe('/dashboard');
      expect((await guest.get('/dashboard/settings')).html).toContain(company.id);
    }
  });

  test('is listed and cancelled by the operator, too', async () => {
    const email = `new@${company.id}.example`;
    await browser.post(PATH, { email, role: 'admin', current: PASSWORD });
    const at = `/companies/${company.id}/users/invitations`;
    const { body } = await operator('GET', at);
    expect(body.invitations).toEqual([
      expect.objectContaining({ email, kind: 'invitation', made_by: `user:${browser.userId}` }),
    ]);
    const one = `${at}/${String(body.invitations[0].invitation_id)}`;
    expect((await operator('DELETE', one)).status).toBe(204);
    expect((await operator('DELETE', one)).status).toBe(404);
    expect((await operator('GET', at)).body.invitations).toEqual([]);
    expect((await operator('GET', '/companies/nobody/users/invitations')).status).toBe(404);
  });
});

test('whoever is removed twice is removed once', async () => {
  const colleague = await signedInBrowser(service, company, 'viewer');
  const path = `${PATH}/${colleague.userId}/remove`;
  expect((await browser.get(path)).html).toContain(`Remove ${colleague.email}?`);
  for (let twice = 0; twice < 2; twice++) {
    expect((await browser.post(path, {})).location).toBe(`${PATH}?removed=1`);
  }
  expect((await colleague.get(PATH)).status).toBe(303);
});

test('a password that is easy to guess is refused beside its field', async () => {
  const weak = { current: PASSWORD, next: `${browser.email}!` };
  const changed = await browser.post('/dashboard/settings/account', weak);
  expect(changed.status).toBe(400);
  expect(changed.html).toMatch(/id="next-error"[^>]*>This password is easy to guess/);
  const form = { email: `new@${company.id}.example`, role: 'viewer', current: PASSWORD };
  const link = linkIn((await browser.postAndFollow(PATH, form)).html).slice(service.url.length);
  const chosen = await openBrowser(service).post(link, { password: 'password1234' });
  expect(chosen.status).toBe(400);
  expect(chosen.html).toMatch(/id="password-error"[^>]*>This password is easy to guess/);
  const user = { email: form.email, password: 'password1234', role: 'viewer' };
  const added = await operator('POST', `/companies/${company.id}/users`, user);
  expect([added.status, added.body.details[0].path]).toEqual([400, 'password']);
});

test('wrong passwords hold up their sender only, and are shown to their person until put away', async () => {
  const { email } = browser;
  const known = openBrowser(service);
  await known.post('/dashboard/login', { email, password: PASSWORD });
  await known.post('/dashboard/sign-out', {});
  const guesser = openBrowser(service);
  const guess = () => guesser.post('/dashboard/login', { email, password: 'wrong' });
  for (let i = 0; i < 10; i++) expect((await guess()).status).toBe(401);
  const held = await guess();
  expect(held.status).toBe(429);
  expect(Number(held.received.get('retry-after'))).toBeLessThanOrEqual(60);
  // The same IP, but a browser that has been here before.
  const entered = await known.post('/dashboard/login', { email, password: PASSWORD });
  expect(entered.location).toBe('/dashboard');
  const seen = await known.get('/dashboard/wallet');
  expect(seen.html).toContain('10 wrong passwords were entered for your account');
  await known.post('/dashboard/settings/account/notice', {});
  expect((await known.get('/dashboard/wallet')).html).not.toContain('wrong passwords');
});

test('whoever has accounts at several companies chooses one', async () => {
  const second = await signedInBrowser(service, await makeCompany(service.ctx));
  const { email } = browser;
  await service.ctx.store.transaction(async (session) => {
    const user = (await service.ctx.store.accounts.usersByEmail([second.email]))[0]!;
    await service.ctx.store.accounts.deleteUser(user.company_id, user._id, session);
    await service.ctx.store.accounts.insertUser({ ...user, email }, session);
  });
  const guest = openBrowser(service);
  const asked = await guest.post('/dashboard/login', { email, password: PASSWORD });
  expect(asked.status).toBe(200);
  expect(asked.html).toContain('You have accounts at several companies');
  const form = { email, password: PASSWORD, company: company.id };
  expect((await guest.post('/dashboard/login', form)).location).toBe('/dashboard');
  expect((await guest.get('/dashboard/settings')).html).toContain(company.id);
  const wrong = await guest.post('/dashboard/login', { ...form, password: 'wrong' });
  expect(wrong.html).not.toContain('several companies');
});
