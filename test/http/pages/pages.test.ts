import { chooseLanguage } from '../../../src/http/pages/language';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { shown, submit } from '../portal/forms';

let service: Service;

beforeAll(async () => {
  service = await startService(testConfig({ PUBLIC_URL: 'https://consent.example' }));
});

afterAll(() => service.close());

const get = async (path: string, headers: Record<string, string> = {}) =>
  shown(await fetch(service.url + path, { headers, redirect: 'manual' }));

test('pages allow no frames and no scripts but ours, and are not cached', async () => {
  const { headers, html, status } = await get('/opt-out');
  expect(status).toBe(200);
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; " +
      "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  );
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('referrer-policy')).toBe('same-origin');
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('content-language')).toBe('en');
  expect(html).not.toMatch(/<style|<script(?! src="\/assets)|\son\w+=|style=|https?:\/\//);
});

test('what pages load comes from us, under a name that changes with it, and is cached for ever', async () => {
  const { html } = await get('/opt-out');
  const paths = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
  expect(new Set(paths).size).toBe(4);
  for (const path of paths) {
    const response = await fetch(service.url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100);
  }
  const outdated = await fetch(
    service.url + paths[0]!.replace(/assets\/\w+/, 'assets/000000000000'),
  );
  expect(outdated.headers.get('cache-control')).toBe('no-store');
  for (const path of ['/assets/x/nothing.js', '/assets/x/..%2fpages.ts', '/assets/']) {
    expect((await fetch(service.url + path)).status).toBe(404);
  }
});

test('errors of pages are pages, those of the API stay JSON', async () => {
  const page = await get('/opt-out/nothing');
  expect(page).toMatchObject({ status: 404, heading: 'Page not found' });
  const large = await submit(service, '/opt-out/find', { identifier: 'x'.repeat(200_000) });
  expect(large).toMatchObject({ status: 413, heading: 'That did not work' });
  const malformed = await get('/opt-out/one-click/%E0%A4%A');
  expect(malformed.html).toContain('<!doctype html>');
  expect((await service.post('/opt-out', {})).body).toMatchObject({ status: 400 });
  expect((await service.get('/nothing')).body).toEqual({ status: 404, error: 'Not found' });
});

test.each<[string, Record<string, string>]>([
  ['another origin', { origin: 'https://evil.example' }],
  ['an origin that is hidden', { origin: 'null' }],
  ['a browser that says so', { 'sec-fetch-site': 'cross-site' }],
  ['a neighbour', { 'sec-fetch-site': 'same-site' }],
])('a form from %s is refused', async (_from, headers) => {
  const page = await submit(service, '/opt-out/find', { identifier: 'a@example.com' }, headers);
  expect(page).toMatchObject({ status: 403, heading: 'Sent from another site' });
});

test('a form from the public address is accepted, whatever the proxy makes of Host', async () => {
  const headers = { origin: 'https://consent.example' };
  const page = await submit(service, '/opt-out/find', { identifier: 'a@example.com' }, headers);
  expect(page.status).toBe(200);
});

test('a program that is not a browser may use the portal', async () => {
  const body = new URLSearchParams({ identifier: 'a@example.com' });
  const response = await fetch(`${service.url}/opt-out/find`, { method: 'POST', body });
  expect(response.status).toBe(200);
});

test('the language asked for wins, then the browser’s, then the first', () => {
  const choose = (asked: string | null, header?: string) =>
    chooseLanguage(['en', 'es', 'de'], asked, header);
  expect(choose('es', 'de')).toBe('es');
  expect(choose('fr', 'de-AT')).toBe('de');
  expect(choose(null, 'fr, en;q=0.2, ES-mx;q=0.8')).toBe('es');
  expect(choose(null, 'de;q=0, fr')).toBe('en');
  expect(choose(null, '*;;q=x')).toBe('en');
  expect(choose(null)).toBe('en');
});
