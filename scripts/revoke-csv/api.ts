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

/** The object by which the service tells how far a batch has come. */
export interface BatchView {
  batch_id: string;
  state: string;
  dry_run: boolean;
  rows_read: number;
  rows_total: number | null;
  revoked: number;
  already_revoked: number;
  not_found: number;
  invalid: number;
  duplicate: number;
  /** Absent in services of earlier releases. */
  remembered?: number;
  certificates_revoked: number;
  rows_per_second: number | null;
  seconds_left: number | null;
  error: string | null;
  columns_used?: { name: string; kind?: string }[];
  columns_ignored?: string[];
  warnings?: { message: string }[];
}

/** The service has said no, and will not change its mind. */
export class Refused extends Error {}

/** The service did not answer, or not yet; asking again may help. */
export class Unreachable extends Error {}

const ASK_FOR_MS = 30_000;
const LINE_FEED = 0x0a;

/**
 * How a batch stands.
 * @throws Refused, Unreachable
 */
export async function getBatch(access: Access, batchId: string): Promise<BatchView> {
  const response = await call(access, batchPath(batchId), { withinMs: ASK_FOR_MS });
  return (await readJson(response)) as BatchView;
}

/**
 * Runs a finished dry run for real, or gives it up.
 * @param key the same when it is asked for again, so that a lost answer does no harm
 * @throws Refused, Unreachable
 */
export async function changeBatch(
  access: Access,
  batchId: string,
  verb: 'commit' | 'cancel',
  key: string,
): Promise<void> {
  const headers = { 'idempotency-key': key, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: '{}', withinMs: ASK_FOR_MS };
  await call(access, `${batchPath(batchId)}/${verb}`, init);
}

/**
 * Saves the rows that were not revoked, if there are any.
 * @returns how many lines there were besides the header; nothing is saved when there were none
 * @throws Refused, Unreachable
 */
export async function saveErrors(access: Access, batchId: string, file: string): Promise<number> {
  const response = await call(access, `${batchPath(batchId)}/errors.csv`);
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
    if (lines > 1) await rename(partial, file);
  } catch (error) {
    access.signal.throwIfAborted();
    // What the file system says is final; anything else is the connection.
    if (error instanceof Error && 'syscall' in error && 'path' in error) throw error;
    throw new Unreachable(`the connection to ${new URL(access.url).host} was lost`);
  } finally {
    await rm(partial, { force: true });
  }
  return Math.max(0, lines - 1);
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

function batchPath(batchId: string): string {
  return `/revocations/batches/${encodeURIComponent(batchId)}`;
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
