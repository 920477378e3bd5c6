import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy to a database, which lets nothing through while it is frozen or cut. */
export interface Wire {
  /** The address of the database through the wire. */
  url: string;
  /** Connections stay open but carry nothing, as when a process is stopped. */
  freeze: () => void;
  /** Connections break and new ones are refused, as when a process is dead. */
  cut: () => Promise<void>;
  /** Undoes both. */
  mend: () => Promise<void>;
  close: () => Promise<void>;
}

/** Opens a wire to a database. */
export async function layWire(target: string): Promise<Wire> {
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  let frozen = false;
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', (data) => to.write(data));
    // The `close` after an error ends the other side.
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    if (frozen) from.pause();
  };
  const server = createServer((near) => {
    const far = connect(Number(targetPort), hostname);
    pass(near, far);
    pass(far, near);
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const cut = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(target);
  url.host = `127.0.0.1:${String(port)}`;
  return {
    url: url.href,
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    cut,
    mend: async () => {
      frozen = false;
      for (const socket of sockets) socket.resume();
      if (!server.listening) await listen(port);
    },
    close: cut,
  };
}
