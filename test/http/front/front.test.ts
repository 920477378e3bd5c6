import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { shown } from '../portal/forms';

let service: Service;

beforeAll(async () => {
  service = await startService(testConfig({ PUBLIC_URL: 'https://consent.example' }));
});
afterAll(() => service.close());

const get = async (path: string, headers: Record<string, string> = {}) =>
  shown(await fetch(service.url + path, { headers, redirect: 'manual' }));
const doors = (html: string) => [...html.matchAll(/<h2><a href="([^"]+)"/g)].map(([, to]) => to);

test('the front door names the service and leads to the page of each, the consumer’s first', async () => {
  const { status, html, headers } = await get('/');
  expect(status).toBe(200);
  expect(html).toContain('Rescind keeps the proof of who has agreed');
  expect(doors(html)).toEqual(['/opt-out', '/dashboard', '/docs', '/operator/login']);
  for (const door of doors(html)) {
    expect([200, 303, 401]).toContain((await get(door!)).status);
  }
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('vary')).toContain('Accept-Language');
});

test('it speaks the language of the browser, or the one that is asked for', async () => {
  const spanish = await get('/', { 'accept-language': 'es-MX,en;q=0.5' });
  expect(spanish.html).toContain('No recibir más llamadas');
  expect(doors(spanish.html)[0]).toBe('/opt-out');
  const asked = await get('/?lang=es');
  expect(doors(asked.html)[0]).toBe('/opt-out?lang=es');
  expect(asked.html).toContain('<a href="/?lang=en" lang="en" hreflang="en">English</a>');
});

test('below it, what is unknown and what cannot be done stay the API’s to refuse', async () => {
  expect((await service.get('/nothing')).body).toEqual({ status: 404, error: 'Not found' });
  expect((await service.get('/index.html')).body).toEqual({ status: 404, error: 'Not found' });
  const posted = await fetch(`${service.url}/`, { method: 'POST' });
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect(await posted.json()).toMatchObject({ status: 405 });
});
