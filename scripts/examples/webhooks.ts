/**
 * Receives webhooks with nothing but Node: verifies each message, handles none twice, and takes
 * whoever has opted out off its own list before it answers.
 * Settings: WEBHOOK_SECRET, the `whsec_…` that was shown once; LIST, a JSON file:
 * `{"people": {"<certificate_id>": {"channels": ["call", "text"], …}, …}, "seen": []}`; and PORT.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

const secret = setting('WEBHOOK_SECRET');
const file = setting('LIST');
const port = Number(process.env.PORT ?? 4000);

const TOLERANCE_SECONDS = 300;
const MAX_BODY_BYTES = 1_048_576;
/** Of the newest messages the ids are kept; a message is tried for three days. */
const MAX_SEEN = 100_000;

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

/** Who may be contacted, by the certificate that proves it, and which messages have been handled. */
interface List {
  people: Record<string, { channels: string[] }>;
  seen: string[];
}

/** As much of a message as is looked at. */
interface Message {
  type: string;
  data: { certificate_ids: string[]; channels: string[] };
}

/** Whether a message is genuine and new. The body is its bytes as they came, before any parsing. */
function isGenuine(headers: IncomingHttpHeaders, body: Buffer, secret: string): boolean {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  const ageSeconds = Math.abs(Date.now() / 1_000 - Number(timestamp));
  if (!(ageSeconds <= TOLERANCE_SECONDS)) return false;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signed = createHmac('sha256', key)
    .update(id + '.' + timestamp + '.')
    .update(body);
  const expected = Buffer.from('v1,' + signed.digest('base64'));
  // There are two while the secret is being replaced.
  const signatures = String(headers['webhook-signature']).split(' ');
  return signatures.some((one) => {
    const given = Buffer.from(one);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** The body, or null if it is longer than any message. */
async function read(request: IncomingMessage): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/**
 * Handles a message once. Nothing is awaited here, so that no other one comes in between; and what is
 * handled is saved with the list in one step, so that after a crash both are there, or neither.
 */
function handle(id: string, message: Message): void {
  const list = JSON.parse(readFileSync(file, 'utf8')) as List;
  if (list.seen.includes(id)) {
    console.log(`${id}: known`);
    return;
  }
  const count = message.type === 'certificate.revoked' ? takeOff(list, message.data) : 0;
  list.seen = [...list.seen, id].slice(-MAX_SEEN);
  writeFileSync(`${file}.new`, JSON.stringify(list), { flush: true });
  renameSync(`${file}.new`, file);
  console.log(`${id}: ${message.type}, ${count} taken off`);
}

/** Whoever has no channel left is gone from the list. Says how many entries it has changed. */
function takeOff(list: List, { certificate_ids, channels }: Message['data']): number {
  const people = new Map(Object.entries(list.people));
  let count = 0;
  for (const id of certificate_ids) {
    const person = people.get(id);
    if (!person) continue;
    person.channels = person.channels.filter((channel) => !channels.includes(channel));
    if (person.channels.length === 0) people.delete(id);
    count += 1;
  }
  list.people = Object.fromEntries(people);
  return count;
}

/** Gives the status to answer; whatever is not 2xx, also because this fails, is sent again. */
async function receive(request: IncomingMessage): Promise<number> {
  if (request.method !== 'POST') return 405;
  const body = await read(request);
  if (!body) return 413;
  if (!isGenuine(request.headers, body, secret)) return 401;
  handle(String(request.headers['webhook-id']), JSON.parse(body.toString()) as Message);
  return 204;
}

const server = createServer((request, response) => {
  receive(request).then(
    (status) => response.writeHead(status, status === 413 ? { Connection: 'close' } : {}).end(),
    (error: unknown) => {
      console.error(error);
      response.writeHead(500).end();
    },
  );
});
server.listen(port, '127.0.0.1', () => {
  console.log(`listening on ${(server.address() as AddressInfo).port}`);
});
