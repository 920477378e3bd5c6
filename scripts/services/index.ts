/** Local MongoDB, Redis and secrets for development and tests; production brings its own. */
export { startMongo } from './mongo';
export { startRedis } from './redis';
export { keptSecret } from './secrets';
export { cacheDir } from './cache-dir';
export type { LocalService, Log, MongoHandle, RedisHandle, StartOptions } from './types';
