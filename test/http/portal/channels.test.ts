import type { Context } from '../../../src/context';
import { DAY_MS } from '../../../src/lib/durations';
import { listed } from '../../../src/http/portal/channels';
import { en } from '../../../src/http/pages/texts/en';
import { makeConsent } from '../../core/consents/scene';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Mailbox, startMailbox } from '../../helpers/mailbox';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { submit } from './forms';

let service: Service;
let company: TestCompany;

let mailbox: Mailbox;

beforeAll(async () => {
  mailbox = await startMailbox();
  const settings = { OPT_OUT_RATE_PER_MINUTE: '1000', SMTP_URL: mailbox.url };
  service = await startService(testConfig(settings));
});
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});
afterAll(async () => {
  await service.close();
  await mailbox.close();
});

/** One service for all modes: nothing of it depends on the mode but the portal. */
function setMode(portalMode: Context['config']['portalMode']): void {
  Object.assign(service.ctx, { config: { ...service.ctx.config, portalMode } });
}

const optOut = (body: object) => service.post('/opt-out', { company_id: company.id, ...body });
const check = (certificate_id: string, channel?: unknown, headers = {}) =>
  service.post(
    '/verify/match',
    { ...company.ids, certificate_id, consent: CONSENT, channel },
    { headers },
  );
const flagsOf = async (id: string) =>
  (await service.ctx.store.certificates.find(company.id, id))!.opt_out;

test('a check is refused for the channels that were opted out of, also when it is repeated', async () => {
  const { id } = await makeCertificate(service.ctx, company, { email: 'jo@example.com' });
  const key = { 'idempotency-key': 'again' };
  const other = { 'idempotency-key': 'other' };
  expect((await check(id, 'call', key)).status).toBe(200);
  expect((await check(id, 'text', other)).status).toBe(200);
  const asked = { email: 'jo@example.com', channels: ['call'] };
  expect((await optOut(asked)).body).toMatchObject({ revoked: 1, certificates: [id] });
  expect((await optOut(asked)).body).toMatchObject({ revoked: 0, certificates: [] });
  for (const [channel, status] of [
    ['call', 403],
    ['text', 200],
    ['email', 200],
    [undefined, 403],
  ] as const) {
    const reply = await check(id, channel);
    expect({ channel, status: reply.status }).toEqual({ channel, status });
    if (status === 403) expect(reply.body.error).toBe('This session has opted out');
  }
  expect((await check(id, 'call', key)).status).toBe(403);
  expect((await check(id, 'text', other)).status).toBe(200);
  const info = await service.post('/verify/certificate-info', {
    ...company.ids,
    certificate_id: id,
  });
  expect(info.status).toBe(200);
  expect((await optOut({ ...asked, channels: ['email', 'text'] })).body.revoked).toBe(1);
  expect((await check(id, 'text', other)).status).toBe(403);
  expect((await flagsOf(id)).revoke).toBe(true);
});

test('channels that there are not are refused by name', async () => {
  for (const channels of [['fax'], [], 'call', null]) {
    const reply = await optOut({ email: 'jo@example.com', channels });
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body.details)).toContain('"channels');
  }
  const { id } = await makeCertificate(service.ctx, company);
  const reply = await check(id, 'fax');
  expect(reply).toMatchObject({ status: 400, body: { details: [{ path: 'channel' }] } });
});

const boxes = (token: string, ...ticked: string[]): [string, string][] => [
  ['token', token],
  ['by_channel', '1'],
  ...ticked.map((channel): [string, string] => ['channels', channel]),
];
const confirm = (form: [string, string][], lang = '') =>
  submit(service, `/opt-out/confirm${lang}`, form);
const find = (identifier: string, lang = '') =>
  submit(service, `/opt-out/find${lang}`, { identifier });
/** Of what consent of yesterday is opted out that arrives now. */
async function bornOptedOut(email: string) {
  const given_at = new Date(service.ctx.now().getTime() - DAY_MS);
  const consents = [{ type: 'tcpa', text: CONSENT, given_at }];
  const { id } = await makeCertificate(service.ctx, company, { email, consents });
  return (await flagsOf(id)).channels;
}
/** What each part of a page is called in a language. */
const SAID = [
  [
    '',
    ['What should stop?', 'Calls', 'Text messages', 'Emails'],
    'Choose at least one',
    'You have opted out of text messages',
    ['>Remember my choice anyway<', 'We will remember your choice. It also holds'],
  ],
  [
    '?lang=es',
    ['¿Qué quiere dejar de recibir?', 'Llamadas', 'Mensajes de texto', 'Correos electrónicos'],
    'Elija al menos uno',
    'Ha pedido no recibir más mensajes de texto',
    ['>Recordar mi decisión de todos modos<', 'Recordaremos su decisión. También vale'],
  ],
] as const;

test('the portal asks which channels; consents that have none are revoked by all three only', async () => {
  const email = 'portal@example.com';
  const { id } = await makeCertificate(service.ctx, company, { email });
  await makeConsent(service.ctx, company.id, { subject: { email, mobile: null, ref: null } });
  const { token, html } = await submit(service, '/opt-out/find', { identifier: email });
  expect(html.match(/name="channels" value="\w+" checked/g)).toHaveLength(3);
  const none = await confirm(boxes(token));
  expect(none.status).toBe(400);
  expect(none.html).toContain('Choose at least one: calls, text messages or emails.');
  expect((await flagsOf(id)).channels).toBeUndefined();

  const some = await confirm(boxes(none.token, 'call', 'email'));
  expect(some.heading).toBe('You have opted out of calls and emails');
  expect(some.html).toContain('This holds for one consent.');
  expect(await flagsOf(id)).toMatchObject({ revoke: false, channels: ['call', 'email'] });
  const again = await submit(service, '/opt-out/find', { identifier: email });
  expect(again.heading).toBe('We found 2 consents');
  const nothing = await confirm(boxes(again.token, 'call'));
  expect(nothing.html).toContain('No consent was changed');

  const rest = await confirm(boxes(again.token, 'call', 'text', 'email'));
  expect(rest.heading).toBe('Your consent has been revoked');
  expect(rest.html).toContain('2 consents were revoked.');
  expect((await flagsOf(id)).revoke).toBe(true);
});

test('a form without boxes means everything', async () => {
  const { id } = await makeCertificate(service.ctx, company, { email: 'old@example.com' });
  const { token } = await submit(service, '/opt-out/find', { identifier: 'old@example.com' });
  expect((await confirm([['token', token]])).heading).toBe('Your consent has been revoked');
  expect((await flagsOf(id)).revoke).toBe(true);
  expect(listed('en', en, ['text'])).toBe('text messages');
});

describe.each(SAID)(
  'in the language of %j',
  (lang, names, chooseOne, heading, [offer, remembered]) => {
    const who = (name: string) => `${name}${lang.slice(-2)}@example.com`;

    test.each(['blind', 'code'] as const)(
      '%s: channels without having been shown',
      async (mode) => {
        setMode(mode);
        const email = who(mode);
        const { id } = await makeCertificate(service.ctx, company, { email });
        const page = await find(email, lang);
        for (const name of names) expect(page.html).toContain(name);
        const none = await confirm(boxes(page.token), lang);
        expect([none.status, none.html.includes(chooseOne)]).toEqual([400, true]);
        expect((await confirm(boxes(none.token, 'text'), lang)).heading).toBe(heading);
        expect(await flagsOf(id)).toMatchObject({ revoke: false, channels: ['text'] });
        // Nobody was shown anything, so that it holds for what arrives later, too.
        expect(await bornOptedOut(email)).toEqual(['text']);
      },
    );

    test('with a code: of what was chosen, by what was ticked, and what is wrong loses neither', async () => {
      setMode('code');
      const email = who('list');
      const [one, two] = [
        (await makeCertificate(service.ctx, company, { email })).id,
        (await makeCertificate(service.ctx, company, { email })).id,
      ];
      const asked = await find(email, lang);
      const { raw } = await until('the mail', () =>
        mailbox.mails.find((mail) => mail.raw.includes(email)),
      );
      const code = /(?:code is|digo es) (\d{6})/.exec(raw)![1]!;
      const list = await submit(service, `/opt-out/code${lang}`, { token: asked.token, code });
      expect(list.html.match(/name="consent_id" value="[^"]+" checked/g)).toHaveLength(2);
      expect(list.html.match(/name="channels" value="\w+" checked/g)).toHaveLength(3);
      const chosen = ['consent_id', one] as [string, string];
      const none = await confirm([...boxes(list.token), chosen], lang);
      expect([none.status, none.html.includes(chooseOne)]).toEqual([400, true]);
      const ticked = (html: string, name: string) =>
        [...html.matchAll(new RegExp(`name="${name}" value="([^"]+)" checked`, 'g'))].map(
          ([, value]) => value,
        );
      expect(ticked(none.html, 'consent_id')).toEqual([one]);
      const nobody = await confirm(boxes(none.token, 'text'), lang);
      expect([nobody.status, ticked(nobody.html, 'channels')]).toEqual([400, ['text']]);
      expect((await confirm([...boxes(nobody.token, 'text'), chosen], lang)).heading).toBe(heading);
      expect([(await flagsOf(one)).channels, (await flagsOf(two)).channels]).toEqual([
        ['text'],
        undefined,
      ]);
      // Who keeps some consent has opted out of none that is still to come.
      expect(await bornOptedOut(email)).toBeUndefined();
    });

    test('masked: whom nothing matches is remembered by channels', async () => {
      setMode('masked');
      const email = who('nobody');
      const page = await find(email, lang);
      expect(page.html).toContain(offer);
      const done = await confirm(boxes(page.token, 'text'), lang);
      expect(done.heading).toBe(heading);
      expect(done.html).toContain(remembered);
      expect(await bornOptedOut(email)).toEqual(['text']);
    });
  },
);
