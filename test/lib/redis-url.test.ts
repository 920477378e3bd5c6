import { parseRedisUrl } from '../../src/lib/redis-url';

test('leaves the address of one server as it is', () => {
  for (const url of ['redis://localhost', 'rediss://user:p%40ss@cache.example.com:6380/2']) {
    expect(parseRedisUrl(url)).toEqual({ kind: 'server', url });
  }
});

test('reads Sentinels, the name of their master, and both passwords', () => {
  const url =
    'redis+sentinel://app:p%40%3A%2F@h1:26380,10.0.0.2,[fd00::1]:1/main-1?sentinelPassword=s%26s';
  expect(parseRedisUrl(url)).toEqual({
    kind: 'sentinel',
    sentinels: [
      { host: 'h1', port: 26380 },
      { host: '10.0.0.2', port: 26379 },
      { host: 'fd00::1', port: 1 },
    ],
    master: 'main-1',
    sentinelPassword: 's&s',
    login: { username: 'app', password: 'p@:/', tls: false },
  });
});

test('reads the nodes of a Cluster, with and without a password and TLS', () => {
  expect(parseRedisUrl('redis+cluster://h1:7000,h2')).toEqual({
    kind: 'cluster',
    nodes: [
      { host: 'h1', port: 7000 },
      { host: 'h2', port: 6379 },
    ],
    login: { tls: false },
  });
  const { login } = parseRedisUrl('rediss+cluster://:secret@h1/') as { login: unknown };
  expect(login).toEqual({ password: 'secret', tls: true });
});

test.each([
  ['http://h1', 'must be redis://'],
  ['redis+sentinel://', 'must be redis://'],
  ['redis+sentinel://h1:26379', "master's name"],
  ['redis+sentinel://h1/a b', "master's name"],
  ['redis+sentinel://h1,,h2/main', 'host:port'],
  ['redis+sentinel://h1:0/main', 'host:port'],
  ['redis+sentinel://h1:65536/main', 'host:port'],
  ['redis+sentinel://:%zz@h1/main', '%25'],
  ['redis+sentinel://h1/main?db=1', 'unknown option'],
  ['redis+cluster://h1:7000/1', 'only one'],
  ['redis+cluster://h1?sentinelPassword=x', 'no Sentinel'],
])('refuses %s, and says why', (url, why) => {
  expect(() => parseRedisUrl(url)).toThrow(why);
});
