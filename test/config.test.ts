import { readConfig } from '../src/config';

const REQUIRED = {
  MONGODB_URI: 'mongodb://127.0.0.1/rescind',
  REDIS_URL: 'redis://127.0.0.1',
  OPERATOR_TOKEN: 'operator-token-of-22-characters',
  IDENTIFIER_KEY: 'identifier-key-of-22-characters',
};

test('has the defaults of the contract', () => {
  expect(readConfig(REQUIRED)).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    demo: false,
    trustProxy: false,
    optOutRatePerMinute: 10,
    mongodbUriUs: null,
    prices: {
      check: 15_000,
      session_retention: 100_000,
      certificate_retention: 50_000,
      attestr_revocation: 0,
    },
    logLevel: 'info',
    publicUrl: null,
    portalMode: 'masked',
    smtpUrl: null,
    mailFrom: 'no-reply@localhost',
  });
});

test.each(Object.keys(REQUIRED))('names %s when it is missing or empty', (name) => {
  expect(() => readConfig({ ...REQUIRED, [name]: undefined })).toThrow(`${name} is not set`);
  expect(() => readConfig({ ...REQUIRED, [name]: '' })).toThrow(`${name} is not set`);
});

test.each([
  ['PORT', '70000'],
  ['PORT', 'http'],
  ['MONGODB_URI', 'localhost:27017'],
  ['MONGODB_URI_US', 'localhost:27017'],
  ['PRICE_ATTESTR_REVOCATION_MICROUSD', '-1'],
  ['REDIS_URL', 'http://localhost'],
  ['OPERATOR_TOKEN', 'short'],
  ['IDENTIFIER_KEY', 'identifier-key-of-22-characters,short'],
  ['DEMO', 'yes'],
  ['TRUST_PROXY', 'true'],
  ['TRUST_PROXY', '10.0.0.0/33'],
  ['OPT_OUT_RATE_PER_MINUTE', '0'],
  ['PRICE_CHECK_MICROUSD', '0.015'],
  ['LOG_LEVEL', 'loud'],
  ['PUBLIC_URL', 'rescind.example'],
  ['PORTAL_MODE', 'open'],
  ['SMTP_URL', 'mail.example:25'],
  ['MAIL_FROM', 'nobody'],
])('refuses %s=%s in one line that names it', (name, value) => {
  expect(() => readConfig({ ...REQUIRED, [name]: value })).toThrow(new RegExp(`^${name} [^\\n]+$`));
});

test('reads hop counts, ranges and rotated keys', () => {
  expect(readConfig({ ...REQUIRED, TRUST_PROXY: '2' }).trustProxy).toBe(2);
  const ranges = '10.0.0.0/8, 2001:db8::/32,127.0.0.1';
  expect(readConfig({ ...REQUIRED, TRUST_PROXY: ranges }).trustProxy).toEqual([
    '10.0.0.0/8',
    '2001:db8::/32',
    '127.0.0.1',
  ]);
  const keys = 'new-key-of-22-characters-a,old-key-of-22-characters-b';
  expect(readConfig({ ...REQUIRED, IDENTIFIER_KEY: keys }).identifierKeys).toHaveLength(2);
});

test('requires more in production, and allows no crash point there', () => {
  const production = { ...REQUIRED, NODE_ENV: 'production' };
  expect(() => readConfig(production)).toThrow('PUBLIC_URL');
  const complete = { ...production, PUBLIC_URL: 'https://rescind.example/' };
  expect(readConfig(complete).publicUrl).toBe('https://rescind.example');
  expect(() => readConfig({ ...complete, CRASH_POINT: 'x' })).toThrow('CRASH_POINT');
});

test('requires a mail server for codes, and a real one in production', () => {
  const code = { ...REQUIRED, PORTAL_MODE: 'code' };
  expect(() => readConfig(code)).toThrow('SMTP_URL is required with PORTAL_MODE=code');
  const toConsole = { ...code, SMTP_URL: 'console://' };
  expect(readConfig(toConsole)).toMatchObject({ portalMode: 'code', smtpUrl: 'console://' });
  const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://consent.example:8443' };
  expect(() => readConfig({ ...toConsole, ...production })).toThrow(/^SMTP_URL [^\n]+$/);
  const smtp = { ...code, ...production, SMTP_URL: 'smtps://mail.example' };
  expect(readConfig(smtp).mailFrom).toBe('no-reply@consent.example');
});
