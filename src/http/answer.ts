import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { StoredResponse } from '../core/idempotency/acquire-key';

/** What a handler gives back. */
export interface Answer {
  status: number;
  body?: unknown;
  /** Instead of a body: produced while it is sent; `gone` aborts when the caller disconnects. */
  stream?: (gone: AbortSignal) => AsyncIterable<string | Uint8Array>;
  /** What a replay gets, where the body holds a secret. */
  replayBody?: unknown;
  headers?: Record<string, string>;
  /** The handler has completed the Idempotency-Key itself, together with its effect. */
  keyCompleted?: boolean;
}

/**
 * A CSV file to be saved.
 * @param name as it is saved
 * @param bytes how long it is, where that is known
 */
export function csvFile({
  name,
  stream,
  bytes,
}: Required<Pick<Answer, 'stream'>> & { name: string; bytes?: number }): Answer {
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="${name}"`,
      ...(bytes !== undefined && { 'Content-Length': String(bytes) }),
    },
    stream,
  };
}

/** JSON to be saved under a name. */
export function jsonFile(name: string, body: unknown): Answer {
  return {
    status: 200,
    headers: { 'Content-Disposition': `attachment; filename="${name}"` },
    body,
  };
}

/** A PDF to be saved under a name. */
export function pdfFile(name: string, bytes: Buffer): Answer {
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/pdf',
      'Content-Disposition': `attachment; filename="${name}"`,
      'Content-Length': String(bytes.length),
    },
    stream: () => Readable.from([bytes]),
  };
}

/** Marks an answer as a replay. */
export function replayed(answer: Answer): Answer {
  return { ...answer, headers: { 'Idempotent-Replayed': 'true' } };
}

/** What is stored of an answer under its key. */
export function storedResponse(answer: Answer): StoredResponse {
  const body = answer.replayBody ?? answer.body ?? null;
  return { status: answer.status, body: JSON.stringify(body) };
}

/** Replays a stored answer. */
export function repeated({ status, body }: StoredResponse): Answer {
  return replayed({ status, body: JSON.parse(body) as unknown });
}

const MAX_LISTENERS = 20;

/**
 * Sends an answer; resolves when it is sent or the caller has disconnected.
 * @throws whatever its stream throws
 */
export async function sendAnswer(response: Response, answer: Answer): Promise<void> {
  const { status, body, headers, stream } = answer;
  // Not `set`, which would add a charset that event streams do not want.
  if (headers) for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = status;
  if (stream) await sendStream(response, stream);
  else if (body === undefined || body === null) response.end();
  else sendJson(response, body);
}

/** As Express does it, less what its settings could change about it. */
function sendJson(response: Response, body: unknown): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(body));
}

async function sendStream(
  response: Response,
  stream: NonNullable<Answer['stream']>,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  // Log, deadlines, limits and the pipeline each listen for its end, which Node.js takes for a leak.
  response.setMaxListeners(MAX_LISTENERS);
  response.flushHeaders();
  try {
    // Do not run far ahead of a slow reader: what is sent late would be stale.
    await pipeline(Readable.from(stream(gone.signal), { highWaterMark: 1 }), response);
  } catch (error) {
    // There is nobody left to tell.
    if (!gone.signal.aborted) throw error;
  }
}
