import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A mail that arrived. */
export interface Mail {
  to: string[];
  /** Headers and body as they came. */
  raw: string;
  /** The body as it is read. */
  text: string;
  /** The same as HTML; empty where there is none. */
  html: string;
}

/** A mail server that keeps what it is given. */
export interface Mailbox {
  url: string;
  port: number;
  mails: Mail[];
  /** What it answers to a recipient, instead of taking them. */
  refusals: Map<string, string>;
  /** Set: takes connections and says nothing. */
  hanging: { is: boolean };
  close: () => Promise<void>;
}

/** Starts a mail server on the loopback; it speaks as much SMTP as it takes to receive. */
export async function startMailbox(onPort = 0): Promise<Mailbox> {
  const mails: Mail[] = [];
  const refusals = new Map<string, string>();
  const hanging = { is: false };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)));
    if (!hanging.is) receive(socket, refusals, (mail) => mails.push(mail));
  });
  await new Promise<void>((resolve) => server.listen(onPort, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${String(port)}`,
    port,
    mails,
    refusals,
    hanging,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function receive(
  socket: Socket,
  refusals: Mailbox['refusals'],
  deliver: (mail: Mail) => void,
): void {
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
      const recipient = /^RCPT/i.test(line) ? /<([^>]*)>/.exec(line)?.[1] : undefined;
      const refusal = refusals.get(recipient ?? '');
      if (recipient !== undefined && !refusal) to.push(recipient);
      answer(refusal ?? '250 ok');
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
      deliver({ to, raw: text, text: partOf(text, 'plain'), html: partOf(text, 'html') });
      [inData, to] = [false, []];
      answer('250 kept');
    }
  });
}

/** The text or the HTML of a mail, of one part or of several; empty where there is none. */
function partOf(raw: string, type: 'plain' | 'html'): string {
  const boundary = /boundary="([^"]+)"/.exec(raw)?.[1];
  const parts = boundary === undefined ? [raw] : raw.split(`--${boundary}`);
  const part = parts.find((one) => headOf(one).includes(`text/${type}`));
  return part === undefined ? '' : bodyOf(part);
}

function headOf(part: string): string {
  return part.trimStart().split('\r\n\r\n')[0] ?? '';
}

/** Takes the body out of a part, and quoted-printable off it. */
function bodyOf(part: string): string {
  const head = headOf(part);
  const body = part.trimStart().slice(head.length + 4);
  if (!/^Content-Transfer-Encoding: quoted-printable/im.test(head)) return body;
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
