import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What stands between a client and the service. */
export interface Proxy {
  url: string;
  /** Every status that the service answered, whether the client got to see it or not. */
  statuses: number[];
  /** How many answers it has lost. */
  lost: () => number;
  close: () => Promise<void>;
}

const HOP_BY_HOP = ['host', 'connection', 'content-length', 'transfer-encoding'];

/**
 * Starts a proxy on the loopback.
 * @param options.loses the first answer to each POST and DELETE gets lost, in turn in each of the
 * ways of `LOSSES`, when the service has done its work
 * @param options.rewrite changes what the client gets to read
 */
export async function startProxy(
  target: string,
  { loses = false, rewrite = (text: string) => text },
): Promise<Proxy> {
  const statuses: number[] = [];
  const losses = new Set<string>();
  const isLost = ({ method = '', url = '', headers }: IncomingMessage, body: Buffer): boolean => {
    if (!loses || !['POST', 'DELETE'].includes(method)) return false;
    // Two tries at a form differ in their boundaries.
    const isForm = headers['content-type']?.startsWith('multipart/') ?? false;
    const call = `${method} ${url} ${isForm ? '' : body.toString()}`;
    const isFirst = !losses.has(call);
    losses.add(call);
    return isFirst;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const answer = await forward(target, request, body);
    statuses.push(answer.status);
    const text = rewrite(await answer.text());
    const pass = isLost(request, body) ? LOSSES[(losses.size - 1) % LOSSES.length] : passOn;
    pass?.(response, answer, text);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    statuses,
    lost: () => losses.size,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(
  target: string,
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: Buffer,
): Promise<Response> {
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name));
  return fetch(target + url, {
    method,
    headers: Object.fromEntries(kept) as Record<string, string>,
    ...(body.length > 0 && { body }),
  });
}

type Pass = (response: ServerResponse, answer: Response, text: string) => void;

const passOn: Pass = (response, answer, text) => {
  writeHead(response, answer, text);
  response.end(text);
};

const STILL_RUNNING = '{"error":"A request with this Idempotency-Key is still running"}';

/** The ways in which an answer gets lost. */
const LOSSES: Pass[] = [
  // Before its first byte.
  (response) => response.destroy(),
  // In the middle of its body.
  (response, answer, text) => {
    writeHead(response, answer, text);
    response.write(text.slice(0, text.length / 2), () => response.destroy());
  },
  (response) => response.writeHead(409, { 'Retry-After': '0' }).end(STILL_RUNNING),
  (response) => response.writeHead(503, { 'Retry-After': '0' }).end('{}'),
];

function writeHead(response: ServerResponse, answer: Response, text: string): void {
  const kept = [...answer.headers].filter(([name]) => !HOP_BY_HOP.includes(name));
  const length = { 'Content-Length': Buffer.byteLength(text) };
  response.writeHead(answer.status, { ...Object.fromEntries(kept), ...length });
}
