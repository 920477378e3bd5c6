import { createServer, connect, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const HOST = '127.0.0.1';
/** Members say so in their first message, where test commands are on. */
const MEMBER = /hostInfo\0.{4}[^\0]*:(\d+)\0/s;
/** And drivers what their program calls itself. */
const APPLICATION = /application\0.{4}\x02name\0.{4}([^\0]+)\0/s;

/** Whether bytes on their way from one party to another get lost. */
export type Cut = (from: string, to: string) => boolean;

/**
 * The network between the members of a replica set and their clients: a TCP proxy before each
 * member, which knows who is calling. A party is a member's port or a client's application name.
 */
export interface Network {
  /** Listens for a member, and returns the port under which it is to be known. */
  knownPort: (port: number) => Promise<number>;
  /** From now on, on open connections and new ones; like a cable that is pulled, nobody is told. */
  cut: (cut: Cut) => void;
  /** What was held arrives after all, as TCP would send it again. */
  heal: () => void;
  /** The names of all clients so far. */
  clients: () => Set<string>;
  close: () => void;
}

const NOTHING: Cut = () => false;

export function openNetwork(): Network {
  const servers: Server[] = [];
  const links = new Set<Link>();
  const clients = new Set<string>();
  let current = NOTHING;
  const obey = (cut: Cut): void => {
    current = cut;
    for (const link of links) link.obey(cut);
  };
  const accept = async (client: Socket, port: number): Promise<void> => {
    const first = await firstMessage(client);
    if (!first) return;
    const from = callerIn(first);
    if (!/^\d+$/.test(from)) clients.add(from);
    const link = new Link(client, first, from, port);
    links.add(link);
    link.onClose(() => links.delete(link));
    link.obey(current);
  };
  return {
    knownPort: async (port) => {
      const server = createServer((client) => void accept(client, port));
      servers.push(server);
      server.listen(0, HOST);
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    cut: obey,
    heal: () => obey(NOTHING),
    clients: () => new Set(clients),
    close: () => {
      for (const server of servers) server.close();
      for (const link of links) link.close();
    },
  };
}

/** A connection of a caller to a member. */
class Link {
  private readonly to: string;
  private upstream: Socket | null = null;
  private isCut = false;
  private ended: boolean;
  private closed = false;
  private closing: () => void = () => undefined;

  constructor(
    private readonly client: Socket,
    private readonly first: Buffer,
    private readonly from: string,
    private readonly port: number,
  ) {
    this.to = String(port);
    // It may have gone while it was being recognised.
    this.ended = client.destroyed;
    this.watch(client);
  }

  onClose(then: () => void): void {
    this.closing = then;
  }

  obey(cut: Cut): void {
    const there = cut(this.from, this.to);
    const back = cut(this.to, this.from);
    this.isCut = there || back;
    if (this.ended && !this.isCut) {
      this.close();
      return;
    }
    if (!this.upstream && !there) {
      this.upstream = connect({ port: this.port, host: HOST, noDelay: true });
      this.watch(this.upstream);
      this.upstream.write(this.first);
    }
    if (!this.upstream) return;
    flow(this.client, this.upstream, !there);
    flow(this.upstream, this.client, !back);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.client.destroy();
    this.upstream?.destroy();
    this.closing();
  }

  /** One end goes with the other; behind a cut it cannot know until that is healed. */
  private watch(socket: Socket): void {
    // What follows an error is its close.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.ended = true;
      if (!this.isCut) this.close();
    });
  }
}

function flow(from: Socket, to: Socket, isOpen: boolean): void {
  from.unpipe(to);
  if (isOpen) from.pipe(to);
  else from.pause();
}

/** Reads as much as its length says; null when the caller goes before that. */
async function firstMessage(client: Socket): Promise<Buffer | null> {
  client.setNoDelay(true);
  client.on('error', () => undefined);
  let read = Buffer.alloc(0);
  for (;;) {
    const chunk = await new Promise<Buffer | null>((resolve) => {
      client.once('data', resolve);
      client.once('close', () => resolve(null));
    });
    client.pause();
    if (!chunk) return null;
    read = Buffer.concat([read, chunk]);
    if (read.length >= 4 && read.length >= read.readInt32LE(0)) return read;
    client.resume();
  }
}

function callerIn(first: Buffer): string {
  const text = first.toString('latin1');
  return MEMBER.exec(text)?.[1] ?? APPLICATION.exec(text)?.[1] ?? 'unnamed';
}
