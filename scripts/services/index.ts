/** Local MongoDB, Redis and secrets for development and tests; production brings its own. */
export { findChromium } from './chromium';
export { ensureClientTools } from './client-tools';
export { keepMongoRunning } from './keep-mongo';
export { keepRunning } from './keep-running';
export { startMongo } from './mongo';
export { findNginx } from './nginx';
export { startRedis } from './redis';
export { keptSecret } from './secrets';
export type { Log } from './types';
