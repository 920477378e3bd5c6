import { LANGUAGES } from '../../../src/http/pages/texts';
import { en } from '../../../src/http/pages/texts/en';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { startMailbox } from '../../helpers/mailbox';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { operatorBasic, PAGES } from '../operator-pages/operator-browser';
import { shown, submit } from './forms';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService(testConfig({ OPT_OUT_RATE_PER_MINUTE: '1000' }));
  company = await makeCompany(service.ctx);
});
afterAll(() => service.close());

const get = async (path: string, headers: Record<string, string> = {}) =>
  shown(await fetch(service.url + path, { headers, redirect: 'manual' }));
const languageOf = (html: string) => /<html lang="([^"]*)">/.exec(html)?.[1];
const actionsOf = (html: string) => [...html.matchAll(/ action="([^"]+)"/g)].map(([, to]) => to);

test('?lang= is kept through every step, and the month is in that language', async () => {
  const email = 'en-espanol@example.com';
  await makeCertificate(service.ctx, company, { email });
  const first = await get('/opt-out?lang=es', { 'accept-language': 'en' });
  expect(languageOf(first.html)).toBe('es');
  expect(first.headers.get('content-language')).toBe('es');
  expect(first.headers.get('vary')).toContain('Accept-Language');
  expect(first.heading).toBe('Deje de recibir llamadas, mensajes y correos');
  expect(actionsOf(first.html)).toEqual(['/opt-out/find?lang=es']);
  const found = await submit(service, '/opt-out/find?lang=es', { identifier: email });
  expect(found.heading).toBe('Hemos encontrado un consentimiento');
  const month = new Date().toLocaleDateString('es', { month: 'long', timeZone: 'UTC' });
  expect(found.html).toContain(`dado en ${month} de `);
  expect(actionsOf(found.html)).toEqual(['/opt-out/confirm?lang=es']);
  const done = await submit(service, '/opt-out/confirm?lang=es', { token: found.token });
  expect([languageOf(done.html), done.heading]).toEqual([
    'es',
    'Su consentimiento ha sido revocado',
  ]);
});

test('the browser’s language counts where none is asked for, also for errors', async () => {
  const headers = { 'accept-language': 'es-MX,es;q=0.9,en;q=0.8' };
  const page = await get('/opt-out', headers);
  expect([languageOf(page.html), actionsOf(page.html)]).toEqual(['es', ['/opt-out/find']]);
  const wrong = await submit(service, '/opt-out/find', { identifier: 'a@' }, headers);
  expect(wrong.html).toContain('Revise el correo electrónico');
  expect(await get('/opt-out/nada', headers)).toMatchObject({
    status: 404,
    heading: 'Página no encontrada',
  });
  for (const other of ['de', '', 'en-GB, es;q=0.5']) {
    expect(languageOf((await get('/opt-out', { 'accept-language': other })).html)).toBe('en');
  }
});

test('the first page links to the other languages, and keeps the company', async () => {
  const { html } = await get(`/opt-out?company=${company.id}`);
  const path = /href="([^"]+)" lang="es" hreflang="es">Español</.exec(html)?.[1] ?? '';
  const spanish = await get(path.replaceAll('&amp;', '&'));
  expect(spanish.html).toContain('el consentimiento que dio a Example Corp');
  expect(spanish.html).toContain(`href="/opt-out?company=${company.id}&amp;lang=en" lang="en"`);
});

test('pages that are not translated declare that they are in English', async () => {
  const headers = { ...operatorBasic(service), 'accept-language': 'es' };
  for (const path of ['/dashboard/login?lang=es', PAGES, `${PAGES}/nothing`]) {
    const { html, headers: answered } = await get(path, headers);
    expect([path, languageOf(html)]).toEqual([path, 'en']);
    expect(answered.get('content-language')).toBe('en');
    expect(html).not.toMatch(/lang=es|Ir al contenido|no encontrada/);
  }
});

test('a code is mailed in the language of the page', async () => {
  const mailbox = await startMailbox();
  const settings = { PORTAL_MODE: 'code', SMTP_URL: mailbox.url };
  const coded = await startService(testConfig(settings));
  try {
    const own = await makeCompany(coded.ctx);
    await makeCertificate(coded.ctx, own, { email: 'a@example.com' });
    await submit(coded, '/opt-out/find?lang=es', { identifier: 'a@example.com' });
    const { raw, html } = await until('the mail', () => mailbox.mails[0]);
    expect(raw).toMatch(/^Subject: =\?UTF-8\?Q\?\d{6}_es_su_c=C3=B3digo/m);
    expect(raw).toMatch(/Su c=C3=B3digo es \d{6}/);
    expect(html).toContain('<html lang="es">');
    expect(html).toMatch(/Su código es \d{6}<\/h1>/);
  } finally {
    await coded.close();
    await mailbox.close();
  }
});

/** Every text by its path; functions are called with samples. */
function flat(value: unknown, path = ''): Record<string, string> {
  if (typeof value === 'string') return { [path]: value };
  if (typeof value === 'function') {
    const make = value as (...parts: unknown[]) => string;
    return { [`${path}()`]: make(1, '<2>'), [`${path}(…)`]: make(3, '<2>') };
  }
  const entries = Object.entries(value as object);
  return Object.assign({}, ...entries.map(([key, one]) => flat(one, `${path}.${key}`))) as never;
}

test.each(Object.keys(LANGUAGES).filter((tag) => tag !== 'en'))(
  'no text of %s was forgotten, or left in English',
  (tag) => {
    const translated = flat(LANGUAGES[tag]);
    const areas = Object.keys(LANGUAGES[tag]!) as (keyof typeof en)[];
    const english = flat(Object.fromEntries(areas.map((area) => [area, en[area]])));
    expect(Object.keys(translated).sort()).toEqual(Object.keys(english).sort());
    const same = Object.keys(english).filter((key) => english[key] === translated[key]);
    expect(same).toEqual(['.product']);
    // The translation shows whatever the English text shows.
    const parts = (text: string) => text.match(/<2>|\b[13]\b|EC-|200|10/g)?.sort();
    for (const [key, text] of Object.entries(english)) {
      expect([key, parts(translated[key]!)]).toEqual([key, parts(text)]);
    }
  },
);
