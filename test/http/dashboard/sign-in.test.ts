import { makeUser, PASSWORD } from '../../core/users/scene';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { openBrowser, signedInBrowser } from './scriptless-browser';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

const flag = async (id: string) =>
  (await service.ctx.store.certificates.find(company.id, id))?.opt_out.revoke;

describe('a session that has ended', () => {
  const signInAt = async (location: string | null) => {
    const { email } = await makeUser(service.ctx, company);
    const browser = openBrowser(service);
    const { html } = await browser.get(location ?? '');
    const next = /name="next" value="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const answer = await browser.post('/dashboard/login', { email, password: PASSWORD, next });
    expect(answer.status).toBe(303);
    return { html, landed: answer.location, browser };
  };

  test('resumes at the very page that was wanted, with its search', async () => {
    const wanted = '/dashboard/certificates?q=(415)+555-0100,%20a%27b&status=active';
    const { location } = await openBrowser(service).get(wanted);
    const { landed, html, browser } = await signInAt(location);
    expect(new URL(landed!, service.url).href).toBe(new URL(wanted, service.url).href);
    expect(html).not.toContain('You were signed out');
    expect((await browser.get(landed!)).html).toContain('value="(415) 555-0100, a&#39;b"');
  });

  test('resumes at the page of a form that came too late, and says so', async () => {
    const { id } = await makeCertificate(service.ctx, company);
    const page = `/dashboard/certificates/${id}/revoke`;
    const referer = `${service.url}${page}`;
    const { location } = await openBrowser(service).post(page, {}, { referer });
    const { landed, html } = await signInAt(location);
    expect(landed).toBe(page);
    expect(html).toContain('You were signed out');
    expect(await flag(id)).toBe(false);
    // Pages that answer a form cannot be opened by themselves.
    for (const dialog of [
      '/dashboard/certificates/selection',
      '/dashboard/certificates/revocations',
    ]) {
      const admin = await signedInBrowser(service, company);
      expect((await admin.get(dialog)).location).toBe('/dashboard/certificates');
    }
  });

  test('resumes at the page that links to a file', async () => {
    const referer = `${service.url}/dashboard/audit?action=user.locked`;
    const { location } = await openBrowser(service).get('/dashboard/audit.csv', { referer });
    expect((await signInAt(location)).landed).toBe('/dashboard/audit?action=user.locked');
  });

  test('leads nowhere else, whoever sent the browser here', async () => {
    const headers = { referer: 'https://evil.example/steal?x=/dashboard' };
    for (const { location } of [
      await openBrowser(service).get('/dashboard/audit.csv', headers),
      await openBrowser(service).post('/dashboard/settings', {}, headers),
    ]) {
      expect((await signInAt(location)).landed).toBe('/dashboard');
    }
  });
});

describe('signing in', () => {
  test('keeps the email, not the password, and does not say which of them was wrong', async () => {
    const { email } = await makeUser(service.ctx, company);
    const browser = openBrowser(service);
    const wrong = await browser.post('/dashboard/login', { email, password: 'my-wrong-pass' });
    const unknown = await browser.post('/dashboard/login', {
      email: 'x@example.com',
      password: 'my-wrong-pass',
    });
    for (const { status, html } of [wrong, unknown]) {
      expect(status).toBe(401);
      expect(html).toContain('do not belong together');
      expect(html).not.toContain('my-wrong-pass');
    }
    expect(wrong.html.replace(email, '')).toBe(unknown.html.replace('x@example.com', ''));
  });

  test('leads to our own pages only', async () => {
    const { email } = await makeUser(service.ctx, company);
    for (const next of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/dashboard/../../evil',
      '/dashboard.evil.example',
      '/dashboard/%2e%2e/evil',
      '/dashboard/login?next=/evil',
      '/dashboardevil',
      'javascript:alert(1)',
      'data:text/html,/dashboard/',
      '/operator/queues',
      ' //evil.example/dashboard/',
      '\t//evil.example/dashboard/',
      'https:evil.example/dashboard/',
      'https://user@evil.example/dashboard/',
    ]) {
      const browser = openBrowser(service);
      const { location } = await browser.post('/dashboard/login', {
        email,
        password: PASSWORD,
        next,
      });
      expect([next, location]).toEqual([next, '/dashboard']);
    }
  });

  test('is limited per IP', async () => {
    const limited = await startService();
    try {
      const browser = openBrowser(limited);
      const statuses: number[] = [];
      for (let i = 0; i < 61; i++) {
        const fields = { email: 'no email', password: 'x' };
        statuses.push((await browser.post('/dashboard/login', fields)).status);
      }
      expect(statuses.filter((status) => status === 401)).toHaveLength(60);
      expect(statuses.at(-1)).toBe(429);
    } finally {
      await limited.close();
    }
  });
});
