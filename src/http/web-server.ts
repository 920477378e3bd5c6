import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createBodyWatch } from './body-deadline';

const BODY_MS = 30_000;
const HEADERS_MS = 30_000;
const UPLOAD_MS = 60 * 60_000;
/** Longer than the idle timeout of common load balancers, so that they are the ones to close. */
const KEEP_ALIVE_MS = 65_000;

/**
 * The HTTP server around an app. A body has 30 s to arrive, an upload an hour. A caller that sends
 * `Expect: 100-continue` gets its 100 when something starts to read the body, not before.
 * @param options.bodyMs deadline of ordinary bodies, in milliseconds
 */
export function createWebServer(app: RequestListener, { bodyMs = BODY_MS } = {}): Server {
  const watchBody = createBodyWatch(bodyMs);
  const serve: RequestListener = (request, response) => {
    watchBody(request, response);
    app(request, response);
  };
  const server = createServer(
    { requestTimeout: UPLOAD_MS, headersTimeout: HEADERS_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    serve,
  );
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    continueWhenRead(request, response);
    serve(request, response);
  });
  return server;
}

function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const read = request._read.bind(request);
  // Without a 100 the body may never come, and could not be told from the next request.
  response.shouldKeepAlive = false;
  request._read = (size) => {
    request._read = read;
    if (!response.headersSent) {
      response.shouldKeepAlive = true;
      response.writeContinue();
    }
    read(size);
  };
}
