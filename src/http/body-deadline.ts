import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long a refused caller may keep sending before the connection is cut. */
const LINGER_MS = 2_000;

/** A body that is still arriving. */
interface Arriving {
  response: ServerResponse;
  /** By `performance.now()`. */
  deadline: number;
}

/** Requests whose bodies may take as long as the server's own limit allows. */
const unhurried = new WeakSet<IncomingMessage>();

/** Lets this request's body take as long as the server's own limit allows; for uploads. */
export function allowLongBody(request: IncomingMessage): void {
  unhurried.add(request);
}

/**
 * Makes what watches over the bodies of a server's requests. One that has not arrived in time ends its
 * request; the server's own limit is the upper bound. When a request is answered before all of its
 * body was read, the rest is discarded for a moment, so that the caller gets to read the answer, and
 * then the connection is cut.
 */
export function createBodyWatch(
  deadlineMs: number,
): (request: IncomingMessage, response: ServerResponse) => void {
  /** In order of arrival: the first is the first to be late. */
  const arriving = new Map<IncomingMessage, Arriving>();
  let timer: NodeJS.Timeout | null = null;

  function cutIn(ms: number): void {
    // No reason for a process to stay.
    timer = setTimeout(cutLate, ms).unref();
  }

  function cutLate(): void {
    timer = null;
    const now = performance.now();
    for (const [request, { response, deadline }] of arriving) {
      if (deadline > now) {
        cutIn(deadline - now);
        return;
      }
      arriving.delete(request);
      if (!request.complete && !unhurried.has(request)) endLate(request, response);
    }
  }

  return (request, response) => {
    const { headers } = request;
    const hasBody = 'content-length' in headers || 'transfer-encoding' in headers;
    if (!hasBody) return;
    arriving.set(request, { response, deadline: performance.now() + deadlineMs });
    if (!timer) cutIn(deadlineMs);
    response.once('close', () => {
      arriving.delete(request);
      if (!request.complete) linger(request);
    });
  };
}

/** Does what Node.js does at its own limit. */
function endLate({ socket }: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) socket.destroy();
  else socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
}

function linger(request: IncomingMessage): void {
  const { socket } = request;
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  request.once('close', () => {
    clearTimeout(cut);
  });
  request.unpipe();
  request.resume();
}
