import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { parseRedisUrl } from '../lib/redis-url';
import { SteadySentinelConnector } from './steady-sentinel';

/** A connection to one server (alone, or the master that Sentinels name), or to a Cluster. */
export type RedisClient = Redis | Cluster;

const COMMAND_TIMEOUT_MS = 250;
const CONNECT_TIMEOUT_MS = 5_000;
/** A Sentinel that hangs is given up for the next one. */
const SENTINEL_TIMEOUT_MS = 1_000;
const MAX_RECONNECT_DELAY_MS = 1_000;
/** How long ioredis keeps the process alive after a disconnect, even if the socket has closed. */
const DISCONNECT_TIMEOUT_MS = 250;
/** How often a Cluster is asked who its masters are, besides whenever one says that it is not. */
const LOOK_FOR_MASTERS_EVERY_MS = 2_000;
/** While a Cluster moves a slot or replaces a master, a command is sent again. */
const CLUSTER_RETRY_MS = 50;
const CLUSTER_TRIES_FOR_REQUESTS = 4;
/** Workers outwait a failover: half a minute. */
const CLUSTER_TRIES_FOR_WORKERS = {
  maxRedirections: 60,
  retryDelayOnFailover: 500,
  retryDelayOnClusterDown: 500,
};

const reconnectDelayMs = (attempt: number) => Math.min(attempt * 50, MAX_RECONNECT_DELAY_MS);

/** A master that has become a replica refuses writes: the connection is then made anew. */
const isDeposed = (error: Error) => error.message.startsWith('READONLY');

/**
 * Connection for the request path: a command fails at once while Redis is away, and after 250 ms
 * when it does not answer. Reconnects for ever.
 */
export function connectForRequests(url: string): RedisClient {
  return connect(
    url,
    { commandTimeout: COMMAND_TIMEOUT_MS, maxRetriesPerRequest: 0, reconnectOnError: isDeposed },
    { enableOfflineQueue: false },
    { maxRedirections: CLUSTER_TRIES_FOR_REQUESTS },
  );
}

/** Connection for workers, which block on commands and wait for Redis to come back. */
export function connectForWorkers(url: string): RedisClient {
  // 2: the refused command is sent again to the new master.
  const reconnectOnError = (error: Error) => (isDeposed(error) ? 2 : false);
  const perServer = { maxRetriesPerRequest: null, reconnectOnError };
  return connect(url, perServer, {}, CLUSTER_TRIES_FOR_WORKERS);
}

/**
 * @param perServer options of every connection to a server
 * @param whole options of the connection as a whole, which servers of a Cluster do not take
 * @throws Error for an address that `parseRedisUrl` refuses
 */
function connect(
  url: string,
  perServer: RedisOptions,
  whole: { enableOfflineQueue?: boolean } = {},
  ofCluster: ClusterOptions = {},
): RedisClient {
  const place = parseRedisUrl(url);
  const server: RedisOptions = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    ...perServer,
  };
  const single: RedisOptions = { ...server, ...whole, retryStrategy: reconnectDelayMs };
  if (place.kind === 'server') return new Redis(place.url, single);
  const { tls, ...login } = place.login;
  if (place.kind === 'sentinel') {
    const { sentinels, master: name, sentinelPassword } = place;
    return new Redis({
      ...single,
      ...login,
      ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
      ...(sentinelPassword !== undefined && { sentinelPassword }),
      sentinels,
      name,
      // Told by the Sentinels that another one is master, it does not wait for the old one to close.
      failoverDetector: true,
      Connector: SteadySentinelConnector,
      sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
      sentinelRetryStrategy: reconnectDelayMs,
    });
  }
  return new Cluster(place.nodes, {
    ...whole,
    clusterRetryStrategy: reconnectDelayMs,
    // Certificates name hosts, not the addresses behind them.
    ...(tls && { dnsLookup: (host: string, found: FoundHost) => found(null, host) }),
    retryDelayOnClusterDown: CLUSTER_RETRY_MS,
    retryDelayOnFailover: CLUSTER_RETRY_MS,
    retryDelayOnTryAgain: CLUSTER_RETRY_MS,
    slotsRefreshInterval: LOOK_FOR_MASTERS_EVERY_MS,
    redisOptions: { ...server, ...login, ...(tls && { tls: {} }) },
    ...ofCluster,
  });
}

type FoundHost = (error: null, address: string) => void;
