import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A mail that arrived. */
export interface Mail {
  to: string[];
  /** Headers and body as they came. */
  raw: string;
}

/** A mail server that keeps what it is given. */
export interface Mailbox {
  url: string;
  mails: Mail[];
  close: () => Promise<void>;
}

/** Starts a mail server on the loopback; it speaks as much SMTP as it takes to receive. */
export async function startMailbox(): Promise<Mailbox> {
  const mails: Mail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)));
    receive(socket, (mail) => mails.push(mail));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    mails,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function receive(socket: Socket, deliver: (mail: Mail) => void): void {
  let unread = '';
  let to: string[] = [];
  let inData = false;
  const answer = (line: string) => socket.write(`${line}\r\n`);
  const command = (line: string) => {
    if (/^DATA/i.test(line)) {
      inData = true;
      answer('354 go on');
    } else if (/^QUIT/i.test(line)) {
      socket.end('221 bye\r\n');
    } else {
      if (/^RCPT/i.test(line)) to.push(/<([^>]*)>/.exec(line)?.[1] ?? '');
      answer('250 ok');
    }
  };
  answer('220 test');
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    unread += bytes.toString();
    for (;;) {
      const end = inData ? '\r\n.\r\n' : '\r\n';
      const at = unread.indexOf(end);
      if (at < 0) return;
      const text = unread.slice(0, at);
      unread = unread.slice(at + end.length);
      if (!inData) {
        command(text);
        continue;
      }
      deliver({ to, raw: text });
      [inData, to] = [false, []];
      answer('250 kept');
    }
  });
}
