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
 * @param options.loses the first answer to each POST and DELETE gets lost when the service has done
 * its work: the connection breaks, or, three times of four, the client is told 503
 */
export async function startProxy(target: string, { loses }: { loses: boolean }): Promise<Proxy> {
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
    if (isLost(request, body)) loseIt(response, losses.size % 4 === 1);
    else await passOn(answer, response);
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

function loseIt(response: ServerResponse, breaks: boolean): void {
  if (breaks) response.destroy();
  else response.writeHead(503, { 'Retry-After': '0' }).end('{}');
}

async function passOn(answer: Response, response: ServerResponse): Promise<void> {
  const kept = [...answer.headers].filter(([name]) => !HOP_BY_HOP.includes(name));
  response.writeHead(answer.status, Object.fromEntries(kept));
  response.end(Buffer.from(await answer.arrayBuffer()));
}
