import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import { generate } from 'selfsigned';
import { Poster, type PosterSettings } from '../../../src/lib/posting/poster';

const open: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

/** A poster that is closed after the test; it may post to this machine, on any port. */
export function newPoster(settings: PosterSettings = {}): Poster {
  const poster = new Poster({ allowPrivate: true, ...settings });
  open.push(() => poster.close());
  return poster;
}

/** The same of a receiver. */
export async function started(receiver: Promise<Receiver>): Promise<Receiver> {
  const { close } = await receiver;
  open.push(close);
  return receiver;
}

export const post = (poster: Poster, url: string, body: string | Buffer = '{}') =>
  poster.post({ url, headers: { 'content-type': 'application/json' }, body });
export const here = ({ port }: Receiver, path = '') => `http://127.0.0.1:${String(port)}${path}`;
/** By a name, so that it is looked up. */
export const named = ({ port }: Receiver) => `http://hooks.example.com:${String(port)}/`;

/** A limit of time for those that are meant to reach it. */
export const SOON_MS = 250;
export const SLACK_MS = 5_000;

/** Somebody who is posted to. */
export interface Receiver {
  port: number;
  /** All connections that there ever were. */
  sockets: Socket[];
  close: () => Promise<void>;
}

const HOST = '127.0.0.1';

/** Listens with whatever makes connections; on one port of several addresses where `at` says so. */
async function listen(server: Server, { host = HOST, port = 0 } = {}): Promise<Receiver> {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers as an HTTP server does. */
export function receive(
  handler: http.RequestListener,
  at: { host?: string; port?: number } = {},
): Promise<Receiver> {
  return listen(http.createServer(handler), at);
}

/** Says what no HTTP server would: `talk` gets each connection when a request has begun to come in. */
export function receiveRaw(talk: (socket: Socket) => void): Promise<Receiver> {
  return listen(
    createServer((socket) => {
      socket.once('data', () => talk(socket));
      socket.resume();
    }),
  );
}

/** Writes as much as the other side takes, for as long as it takes it; `piece` is sent over and over. */
export function flood(socket: Socket, piece: string | Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  more();
}

/** A key and a self-signed certificate for a name. */
export async function certificateFor(name: string): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
    ],
  });
  return { key, cert };
}

/** Answers by TLS under a certificate; what goes wrong with the other side's greeting is its matter. */
export function receiveByTls(options: tls.TlsOptions, answer: string): Promise<Receiver> {
  const server = tls.createServer(options, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write(answer));
  });
  return listen(server);
}
