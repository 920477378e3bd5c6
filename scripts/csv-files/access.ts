import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** How to call the service as a company. */
export interface Access {
  url: string;
  token: string;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** The service has said no, and will not change its mind. */
export class Refused extends Error {}

/** The service did not answer, or not yet; asking again may help. */
export class Unreachable extends Error {}

const ASK_FOR_MS = 30_000;
const LINE_FEED = 0x0a;

/**
 * What the service says at a path.
 * @throws Refused, Unreachable
 */
export async function ask(access: Access, path: string): Promise<unknown> {
  return readJson(await call(access, path, { withinMs: ASK_FOR_MS }));
}

/**
 * Has something done that is not said in words.
 * @param key the same when it is asked for again, so that a lost answer does no harm
 * @throws Refused, Unreachable
 */
export async function change(access: Access, path: string, key: string): Promise<void> {
  const headers = { 'idempotency-key': key, 'content-type': 'application/json' };
  await call(access, path, { method: 'POST', headers, body: '{}', withinMs: ASK_FOR_MS });
}

/**
 * Downloads a file of lines, and keeps it if it has more than `keepAbove` of them.
 * @returns how many lines there were
 * @throws Refused, Unreachable; the error of the file system
 */
export async function download(
  access: Access,
  path: string,
  { file, keepAbove }: { file: string; keepAbove: number },
): Promise<number> {
  const response = await call(access, path);
  if (!response.body) return 0;
  const partial = `${file}.partial`;
  let lines = 0;
  const count = async function* (source: AsyncIterable<Uint8Array>) {
    for await (const chunk of source) {
      for (const byte of chunk) if (byte === LINE_FEED) lines += 1;
      yield chunk;
    }
  };
  try {
    const body = Readable.fromWeb(response.body);
    await pipeline(body, count, createWriteStream(partial, { mode: 0o600 }));
    if (lines > keepAbove) await rename(partial, file);
  } catch (error) {
    access.signal.throwIfAborted();
    // What the file system says is final; anything else is the connection.
    if (error instanceof Error && 'syscall' in error && 'path' in error) throw error;
    throw new Unreachable(`the connection to ${new URL(access.url).host} was lost`);
  } finally {
    await rm(partial, { force: true });
  }
  return lines;
}

/** What an answer that is no success says. */
export function refusal({ url }: Pick<Access, 'url'>, status: number, body: string): Error {
  const { host } = new URL(url);
  if (status === 429) return new Unreachable(`${host}: ${sentence(body) ?? 'too many'} (429)`);
  if (status >= 500) return new Unreachable(`${host} answers ${String(status)}`);
  return new Refused(`${host}: ${sentence(body) ?? 'the service refused'} (${String(status)})`);
}

function sentence(body: string): string | null {
  try {
    const { error, details } = JSON.parse(body) as {
      error?: string;
      details?: { path: string; message: string }[];
    };
    const fields = details?.map(({ path, message }) => `${path} ${message}`).join('; ');
    return error ? [error, fields].filter(Boolean).join(': ') : null;
  } catch {
    // Not the service itself, but something in front of it.
    return null;
  }
}

interface Call {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  withinMs?: number;
}

async function call(
  { url, token, signal }: Access,
  path: string,
  { withinMs, headers, ...init }: Call = {},
): Promise<Response> {
  const signals = withinMs === undefined ? [signal] : [signal, AbortSignal.timeout(withinMs)];
  let response: Response;
  try {
    response = await fetch(url + path, {
      ...init,
      headers: { ...headers, authorization: `Bearer ${token}` },
      signal: AbortSignal.any(signals),
    });
  } catch {
    signal.throwIfAborted();
    throw new Unreachable(`${new URL(url).host} does not answer`);
  }
  if (response.ok) return response;
  throw refusal({ url }, response.status, await response.text().catch(() => ''));
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new Unreachable('the answer was cut off');
  }
}
