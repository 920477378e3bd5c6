/** A server, by name or address and port. */
export interface RedisHost {
  host: string;
  port: number;
}

/** How one logs in; the same on every server. */
export interface RedisLogin {
  username?: string;
  password?: string;
  tls: boolean;
}

/** Where a Redis is: one server, the master that Sentinels know, or the masters of a Cluster. */
export type RedisPlace =
  | { kind: 'server'; url: string }
  | {
      kind: 'sentinel';
      sentinels: RedisHost[];
      master: string;
      sentinelPassword: string | undefined;
      login: RedisLogin;
    }
  | { kind: 'cluster'; nodes: RedisHost[]; login: RedisLogin };

const SERVER = /^rediss?:\/\//;
const MANY =
  /^redis(?<tls>s?)\+(?<kind>sentinel|cluster):\/\/(?:(?<login>[^@/]*)@)?(?<hosts>[^@/?]+)(?:\/(?<path>[^/?]*))?(?:\?(?<query>.*))?$/;
const HOST = /^(?:\[(?<v6>[\da-fA-F:.]+)\]|(?<name>[\w.-]+))(?::(?<port>\d{1,5}))?$/;
/** What Sentinel takes for a name. */
const MASTER_NAME = /^[\w.-]+$/;
const SENTINEL_PORT = 26_379;
const REDIS_PORT = 6_379;
const MAX_PORT = 65_535;

const FORMS =
  'must be redis://…, rediss://…, redis+sentinel://host:26379,…/master-name or redis+cluster://host:6379,…';

/**
 * Reads the address of a Redis: `redis[s]://[user:password@]host:port/db`,
 * `redis[s]+sentinel://[user:password@]host:port,…/master-name[?sentinelPassword=…]`, or
 * `redis[s]+cluster://[user:password@]host:port,…`. The password is that of the Redis servers; what
 * is in it beyond letters and digits is percent-encoded.
 * @throws Error whose message says what is wrong, without repeating any of it
 */
export function parseRedisUrl(url: string): RedisPlace {
  if (SERVER.test(url)) return { kind: 'server', url };
  const found = MANY.exec(url)?.groups;
  if (!found) throw new Error(FORMS);
  const [option = '', ...value] = (found.query ?? '').split('=');
  if (option !== '' && option !== 'sentinelPassword') {
    throw new Error('has an unknown option after the question mark');
  }
  const sentinelPassword = option === '' ? undefined : decoded(value.join('='));
  const login = { ...loginFrom(found.login), tls: found.tls === 's' };
  const hosts = (found.hosts ?? '').split(',');
  if (found.kind === 'sentinel') {
    const master = found.path ?? '';
    if (!MASTER_NAME.test(master))
      throw new Error("must end with the master's name: …/master-name");
    const sentinels = hosts.map((host) => hostFrom(host, SENTINEL_PORT));
    return { kind: 'sentinel', sentinels, master, sentinelPassword, login };
  }
  if (found.path) throw new Error('names a database, of which a Cluster has only one');
  if (sentinelPassword !== undefined) throw new Error('has a sentinelPassword, but no Sentinel');
  return { kind: 'cluster', nodes: hosts.map((host) => hostFrom(host, REDIS_PORT)), login };
}

function loginFrom(text: string | undefined): Omit<RedisLogin, 'tls'> {
  if (!text) return {};
  const [username = '', ...rest] = text.split(':');
  const password = rest.join(':');
  return {
    ...(username && { username: decoded(username) }),
    ...(password && { password: decoded(password) }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('has a % in its user or password that encodes nothing: write %25');
  }
}

function hostFrom(text: string, defaultPort: number): RedisHost {
  const found = HOST.exec(text)?.groups;
  const host = found?.v6 ?? found?.name;
  const port = found?.port === undefined ? defaultPort : Number(found.port);
  if (!host || port < 1 || port > MAX_PORT) {
    throw new Error('must list its hosts as host:port, separated by commas');
  }
  return { host, port };
}
