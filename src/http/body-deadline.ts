import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long a refused caller may keep sending before the connection is cut. */
const LINGER_MS = 2_000;

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/** Ends a request whose body has not arrived in time. The server's own limit is the upper bound. */
export function limitBodyTime(
  request: IncomingMessage,
  response: ServerResponse,
  deadlineMs: number,
): void {
  const timer = setTimeout(() => {
    if (!request.complete) endLate(request, response);
  }, deadlineMs);
  timers.set(request, timer);
  response.once('close', () => {
    clearTimeout(timer);
  });
}

/** Lets this request's body take as long as the server's own limit allows; for uploads. */
export function allowLongBody(request: IncomingMessage): void {
  clearTimeout(timers.get(request));
}

/** Does what Node.js does at its own limit. */
function endLate({ socket }: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) socket.destroy();
  else socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
}

/**
 * When a request is answered before all of its body was read, discards the rest for a moment, so that
 * the caller gets to read the answer, and then cuts the connection.
 */
export function cutUnreadBody(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return;
    const { socket } = request;
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    request.once('close', () => {
      clearTimeout(timer);
    });
    request.unpipe();
    request.resume();
  });
}
