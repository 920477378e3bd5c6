import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { pause } from '../lib/pause';

/**
 * Until then a proxy may send one more call on a connection that it keeps, and gets its answer. One that
 * gives up idle connections sooner never has its call crossed by our closing.
 */
const IDLE_GRACE_MS = 3_000;
const LOOK_EVERY_MS = 100;

/**
 * Ends an HTTP server without failing a call: it takes no new connections, which a proxy then opens
 * elsewhere, and marks the next answer on each open one as its last. What stays idle is closed after
 * 3 s.
 * @returns when every answer has been sent and every connection has ended
 */
export async function drainServer(server: Server, idleGraceMs = IDLE_GRACE_MS): Promise<void> {
  server.prependListener('request', (_request, response: ServerResponse) => {
    response.shouldKeepAlive = false;
  });
  const ended = new AbortController();
  const closed = new Promise<void>((resolve) => {
    // That of an HTTP server would close idle connections at once, under a call that is on its way.
    NetServer.prototype.close.call(server, () => {
      ended.abort();
      resolve();
    });
  });
  await pause(idleGraceMs, ended.signal);
  while (!ended.signal.aborted) {
    server.closeIdleConnections();
    await pause(LOOK_EVERY_MS, ended.signal);
  }
  await closed;
}
