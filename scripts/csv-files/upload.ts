import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Access, refusal, Unreachable } from './access';

const TRIES = 3;
/** A service that does not say "go on" is sent the file all the same. */
const GO_ON_WITHIN_MS = 2_000;
const AGAIN_AFTER_MS = 1_000;

export interface Upload {
  /** Where it goes. */
  path: string;
  /** What the answer calls the id of what it becomes. */
  idName: string;
  /** What is said with it. */
  fields: Record<string, string>;
  file: string;
  onProgress: (sentBytes: number, totalBytes: number) => void;
}

/**
 * Uploads a file, streaming. When the connection is lost it is uploaded again under the same
 * Idempotency-Key, so that it becomes one batch.
 * @returns the id of the batch, or whatever it becomes
 * @throws Refused, Unreachable; the error of the file system when the file cannot be read
 */
export async function upload(access: Access, what: Upload): Promise<string> {
  const key = randomUUID();
  for (let attempt = 1; ; attempt++) {
    try {
      const { status, body } = await send(access, what, key);
      if (status !== 202) throw refusal(access, status, body);
      return (JSON.parse(body) as Record<string, string>)[what.idName] ?? '';
    } catch (error) {
      access.signal.throwIfAborted();
      if (!(error instanceof Unreachable) || attempt === TRIES) throw error;
      await sleep(AGAIN_AFTER_MS, undefined, { signal: access.signal });
    }
  }
}

async function send(access: Access, what: Upload, key: string) {
  const { size } = await stat(what.file);
  const form = multipart(what);
  const url = new URL(`${access.url}${what.path}`);
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = open(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${access.token}`,
      'content-type': `multipart/form-data; boundary=${form.boundary}`,
      'content-length': form.head.length + size + form.tail.length,
      'idempotency-key': key,
      // A wrong token is told before the file is on its way.
      expect: '100-continue',
    },
    signal: access.signal,
  });
  const answered = answerOf(request, url.host);
  request.flushHeaders();
  try {
    const early = await Promise.race([answered, mayGoOn(request)]);
    return early ?? (await sendBody(request, form, what, size, answered));
  } finally {
    // An answer may come before the whole file is sent; then nobody wants the rest.
    request.destroy();
  }
}

interface Answer {
  status: number;
  body: string;
}

function answerOf(request: ClientRequest, host: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const lost = (): void => {
      reject(new Unreachable(`${host} does not answer, or the connection was lost`));
    };
    request.on('error', lost);
    request.once('response', (response: IncomingMessage) => {
      text(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, body });
      }, lost);
    });
  });
}

async function mayGoOn(request: ClientRequest): Promise<null> {
  const stop = new AbortController();
  const { signal } = stop;
  try {
    await Promise.race([
      once(request, 'continue', { signal }),
      sleep(GO_ON_WITHIN_MS, null, { signal, ref: false }),
    ]);
  } finally {
    stop.abort();
  }
  return null;
}

/** Sends the file, and waits for the answer, which may come at any time. */
async function sendBody(
  request: ClientRequest,
  { head, tail }: Form,
  { file, onProgress }: Upload,
  size: number,
  answered: Promise<Answer>,
): Promise<Answer> {
  let fileError: unknown = null;
  const body = async function* () {
    yield head;
    // What is written to the file from now on is not a part of it.
    const source = size > 0 ? createReadStream(file, { end: size - 1 }) : [];
    let sent = 0;
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        yield chunk;
        sent += chunk.length;
        onProgress(sent, size);
      }
      // The service would wait for the rest that was announced.
      if (sent < size) throw new Error(`${file} has become shorter while it was sent`);
    } catch (error) {
      fileError = error;
      throw error;
    }
    yield tail;
  };
  // However the sending ends, the answer decides: one that came early stands, a lost connection is
  // told by it, and a file that cannot be read to its end loses the connection.
  const sent = pipeline(body, request).then(
    () => answered,
    () => answered,
  );
  try {
    return await Promise.race([answered, sent]);
  } catch (error) {
    throw fileError ?? error;
  }
}

interface Form {
  boundary: string;
  head: Buffer;
  tail: Buffer;
}

/** What stands before and after the file; the fields come first, as a reader of streams needs them. */
function multipart({ file, fields }: Upload): Form {
  const boundary = `rescind-${randomUUID()}`;
  const field = (name: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const quoted: Record<string, string> = { '"': '%22', '\r': '%0D', '\n': '%0A' };
  const filename = path.basename(file).replace(/["\r\n]/g, (character) => quoted[character] ?? '');
  const head = [
    ...Object.entries(fields).map(([name, value]) => field(name, value)),
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\n`,
    'Content-Type: text/csv\r\n\r\n',
  ].join('');
  return { boundary, head: Buffer.from(head), tail: Buffer.from(`\r\n--${boundary}--\r\n`) };
}
