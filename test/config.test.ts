import { readConfig } from '../src/config';
import { formatKey } from '../src/lib/tlog/note';

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
      scrub_row: 1_000,
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

const PRODUCTION = {
  ...REQUIRED,
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://rescind.example/',
  OPERATOR_TOKEN: 'operator-token-of-32-characters-or-so',
  IDENTIFIER_KEY: 'identifier-key-of-32-characters-or-so',
};

const witnessOf = (name: string, url: string, use: 'note' | 'cosignature' = 'cosignature') =>
  `${formatKey({ name, use, publicKey: Buffer.alloc(32, 7) })} ${url}`;

test('reads witnesses, which have https in production', () => {
  expect(readConfig(REQUIRED).witnesses).toEqual([]);
  const two = `${witnessOf('w1', 'https://w1.example/')}, ${witnessOf('w2', 'http://w2.example/x')}`;
  expect(readConfig({ ...REQUIRED, WITNESSES: two }).witnesses).toMatchObject([
    { key: { name: 'w1', use: 'cosignature' }, url: 'https://w1.example' },
    { key: { name: 'w2' }, url: 'http://w2.example/x' },
  ]);
  expect(() => readConfig({ ...PRODUCTION, WITNESSES: two })).toThrow(/^WITNESSES must .*https/);
});

test.each([
  'w1 https://w1.example',
  witnessOf('w1', 'https://w1.example', 'note'),
  witnessOf('w1', ''),
  witnessOf('w1', 'w1.example'),
  witnessOf('w1', 'ftp://w1.example'),
  `${witnessOf('w1', 'https://w1.example')},`,
  `${witnessOf('w1', 'https://a.example')},${witnessOf('w1', 'https://b.example')}`,
])('refuses WITNESSES=%s in one line that names it', (value) => {
  expect(() => readConfig({ ...REQUIRED, WITNESSES: value })).toThrow(/^WITNESSES must [^\n]+$/);
});

test('requires more in production, and allows no crash point there', () => {
  expect(readConfig(PRODUCTION).publicUrl).toBe('https://rescind.example');
  expect(() => readConfig({ ...PRODUCTION, CRASH_POINT: 'x' })).toThrow('CRASH_POINT');
});

test.each([undefined, 'development', 'production'])('NODE_ENV=%s has no crash points', (env) => {
  const settings = { ...PRODUCTION, NODE_ENV: env, CRASH_POINT: 'check.charging' };
  expect(() => readConfig(settings)).toThrow('CRASH_POINT is only for tests (NODE_ENV=test)');
  expect(readConfig({ ...settings, NODE_ENV: 'test' }).crashPoint).toBe('check.charging');
});

const OLD_KEY = 'old-key-of-22-characters';

test.each([
  ['PUBLIC_URL', ''],
  ['PUBLIC_URL', 'http://rescind.example'],
  ['DEMO', 'true'],
  ['MONGODB_URI', ''],
  ['REDIS_URL', ''],
  ['OPERATOR_TOKEN', 'x'.repeat(40)],
  ['OPERATOR_TOKEN', 'operator-token-of-31-characters'],
  ['IDENTIFIER_KEY', 'z'.repeat(40)],
  ['IDENTIFIER_KEY', `${OLD_KEY},identifier-key-of-32-characters-or-so`],
  ['TRUST_PROXY', '0.0.0.0/0'],
  ['TRUST_PROXY', '10.0.0.0/8,::/0'],
  ['TRUST_PROXY', '0.0.0.0/1,128.0.0.0/1'],
  ['TRUST_PROXY', '::ffff:0:0/96'],
  ['SMTP_URL', 'console://'],
  ['SMTP_URL', 'smtp://user:password@smtp.example.com:587'],
  ['MONGODB_URI', 'mongodb://user:password@10.0.0.1,db.example.com:27017/rescind'],
  ['MONGODB_URI', 'mongodb+srv://db.example.com/rescind?tls=false'],
  ['MONGODB_URI_US', 'mongodb://198.51.100.7/us'],
  ['REDIS_URL', 'redis://:password@cache.example.com:6379'],
])('production refuses %s=%s in one line that names it', (name, value) => {
  expect(() => readConfig({ ...PRODUCTION, [name]: value })).toThrow(
    new RegExp(`^${name} (?!.*password)[^\\n]+$`),
  );
  // Where nobody else is harmed, all of it is allowed, as far as it can be read.
  const elsewhere = { ...REQUIRED, [name]: value };
  if (value !== '') expect(readConfig(elsewhere).warnings).toEqual([]);
});

test('in production, what goes without TLS in a private network is warned of by its name', () => {
  const secure = {
    MONGODB_URI: 'mongodb+srv://db.example.com/rescind',
    MONGODB_URI_US: 'mongodb://db.example.com/us?tls=true',
    REDIS_URL: 'rediss://cache.example.com',
    SMTP_URL: 'smtp://smtp.example.com:587?requireTLS=true',
  };
  expect(readConfig({ ...PRODUCTION, ...secure }).warnings).toEqual([]);
  const inside = {
    MONGODB_URI: 'mongodb://user:p%40ss@mongo-0,10.1.2.3:27018/rescind?replicaSet=rs0',
    MONGODB_URI_US: 'mongodb://[fd00::1]:27017/us',
    REDIS_URL: 'redis://redis.default.svc.cluster.local:6379',
    SMTP_URL: 'smtp://127.0.0.1',
  };
  const { warnings } = readConfig({ ...PRODUCTION, ...inside });
  expect(warnings.map((line) => line.split(' ')[0])).toEqual(Object.keys(inside));
});

test('production goes by the newest key only, so that an old one can still be looked up', () => {
  const keys = `identifier-key-of-32-characters-or-so,${OLD_KEY}`;
  const { identifierKeys } = readConfig({ ...PRODUCTION, IDENTIFIER_KEY: keys });
  expect(identifierKeys).toHaveLength(2);
});

test.each([
  'redis+sentinel://:secret@sentinel.example.com/main',
  'redis+cluster://:secret@10.0.0.1,cache.example.com:7000',
])('in production %s must use TLS, and may', (url) => {
  const tls = url.replace('redis+', 'rediss+');
  expect(() => readConfig({ ...PRODUCTION, REDIS_URL: url })).toThrow(/^REDIS_URL must use TLS/);
  expect(readConfig({ ...PRODUCTION, REDIS_URL: tls }).redisUrl).toBe(tls);
});

test('names REDIS_URL when it is no address of a Redis', () => {
  const wrong = { ...REQUIRED, REDIS_URL: 'redis+sentinel://:secret@h1:26379' };
  expect(() => readConfig(wrong)).toThrow(/^REDIS_URL must end with the master's name(?!.*secret)/);
});

test('says what is wrong in plain words', () => {
  expect(() => readConfig({ ...REQUIRED, DEMO: 'yes' })).toThrow('DEMO must be one of true, false');
});

test('requires a mail server for codes, and a real one in production', () => {
  const code = { ...REQUIRED, PORTAL_MODE: 'code' };
  // In development mails are shown to the operator.
  expect(readConfig(code)).toMatchObject({ portalMode: 'code', smtpUrl: null, mailInbox: true });
  const toConsole = { ...code, SMTP_URL: 'console://' };
  expect(readConfig(toConsole)).toMatchObject({ portalMode: 'code', mailInbox: false });
  const production = { ...PRODUCTION, PUBLIC_URL: 'https://consent.example:8443' };
  expect(() => readConfig({ ...code, ...production })).toThrow(
    'SMTP_URL is required with PORTAL_MODE=code, in production',
  );
  expect(readConfig(production).mailInbox).toBe(false);
  expect(() => readConfig({ ...toConsole, ...production })).toThrow(/^SMTP_URL [^\n]+$/);
  const smtp = { ...code, ...production, SMTP_URL: 'smtps://mail.example' };
  expect(readConfig(smtp).mailFrom).toBe('no-reply@consent.example');
});
