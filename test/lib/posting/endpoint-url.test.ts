import { checkEndpointUrl } from '../../../src/lib/posting/endpoint-url';

const inProduction = (url: string) => checkEndpointUrl(url, { production: true });
const inDevelopment = (url: string) => checkEndpointUrl(url, { production: false });

const PORTS = 'must have one of the ports 443, 4443, 8443, 9443, 10443';
const PRIVATE = 'must have a host of the public internet';
const URL_OF_2000 = 'https://example.com/'.padEnd(2_000, 'x');

test.each([
  'https://example.com',
  'https://example.com:443/hooks?tenant=1&key=a%23b',
  'https://example.com:8443/hooks',
  'https://1.1.1.1/hooks',
  'https://[2606:4700:4700::1111]/hooks',
  'https://bücher.example/hooks',
  'HTTPS://EXAMPLE.COM/',
  URL_OF_2000,
])('takes %s', (url) => {
  expect(inProduction(url)).toBeNull();
  expect(inDevelopment(url)).toBeNull();
});

test.each([
  ['', 'must be a URL'],
  ['example.com/hooks', 'must be a URL'],
  ['https://', 'must be a URL'],
  ['https://exa mple.com', 'must be a URL'],
  ['https://exa\nmple.com', 'must be a URL'],
  [' https://example.com', 'must be a URL'],
  ['https://example.com/\u0000', 'must be a URL'],
  ['https://example.com:65536', 'must be a URL'],
  ['https://256.256.256.256/', 'must be a URL'],
  ['https://[::1%25eth0]/', 'must be a URL'],
  ['http://example.com', 'must begin with https://'],
  ['ftp://example.com', 'must begin with https://'],
  ['file:///etc/passwd', 'must begin with https://'],
  ['javascript:alert(1)', 'must begin with https://'],
  ['gopher://example.com:25/', 'must begin with https://'],
  ['https://ann@example.com', 'must not contain a user or a password'],
  ['https://:secret@example.com', 'must not contain a user or a password'],
  ['https://example.com@127.0.0.1', 'must not contain a user or a password'],
  ['https://example.com#hooks', 'must not contain a fragment (#)'],
  ['https://example.com/#', 'must not contain a fragment (#)'],
  [`${URL_OF_2000}x`, 'must have at most 2,000 characters'],
  ...['0', '22', '25', '80', '6379', '27017', '65535'].map((port) => [
    `https://example.com:${port}/`,
    PORTS,
  ]),
  ...[
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '017700000001',
    '0177.0.0.01',
    '127.0.0.1.',
    '①②⑦.⓪.⓪.①',
    '%31%32%37.0.0.1',
    '0',
    '169.254.169.254',
    '2852039166',
    '10.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:a9fe:a9fe]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    'localhost',
    'LocalHost.',
    'api.localhost',
    'redis',
    'metadata.google.internal',
  ].map((host) => [`https://${host}/`, PRIVATE]),
] as [string, string][])('refuses %j: %s', (url, sentence) => {
  expect(inProduction(url)).toBe(sentence);
});

test('in development takes http, any port and private hosts, and nothing else', () => {
  const fine = [
    'http://localhost:4000/hooks',
    'http://127.0.0.1:22',
    'https://[::1]:25',
    'http://redis',
  ];
  expect(fine.map(inDevelopment)).toEqual(fine.map(() => null));
  expect(inDevelopment('ftp://localhost')).toBe('must begin with https:// or http://');
  expect(inDevelopment('http://ann:secret@localhost')).toBe(
    'must not contain a user or a password',
  );
  expect(inDevelopment('http://localhost/#x')).toBe('must not contain a fragment (#)');
});
