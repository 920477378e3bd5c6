import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { LookupRefusal } from './checked-lookup';

/** Why there is no answer, or not all of the part of it that is read. */
export type PostFailure =
  | 'url_refused'
  | 'dns_failed'
  | 'address_refused'
  | 'connect_failed'
  | 'tls_failed'
  | 'timed_out'
  | 'closed'
  | 'bad_answer'
  | 'stopped';

/** What came of a POST. */
export interface Posted {
  /** null: it was answered, by whatever status. */
  failure: PostFailure | null;
  /** The failure in words, in part the other side's; '' without one. */
  detail: string;
  /** null when none has come; there can be one beside a failure. */
  status: number | null;
  ms: number;
  /** The first KiB as text; what is not UTF-8 is replaced. */
  answer: string;
  /** `Retry-After` as it stands. */
  retryAfter: string | null;
}

/** What to send where. */
export interface Post {
  url: string;
  headers: Record<string, string>;
  body: string | Buffer;
  /** Gives up when aborted. */
  signal?: AbortSignal;
}

/** What came of one try. */
export type Exchange = Posted & {
  /** Whether a kept connection turned out to be closed. */
  stale: boolean;
};

const ANSWER_BYTES = 1_024;
/** Of everything: endless 1xx answers and chunk sizes count as neither headers nor body. */
const READ_BYTES = 262_144;
const RETRY_AFTER_CHARACTERS = 100;
const DETAIL_CHARACTERS = 200;

/** Sends the body and reads what is read of the answer; resolves at the latest after `withinMs`. */
export function exchange(request: ClientRequest, call: Post, withinMs: number): Promise<Exchange> {
  return new Promise((resolve) => {
    const answer = { pieces: [] as Buffer[], bytes: 0 };
    let response: IncomingMessage | undefined;
    let ended = false;
    const end = (failure: PostFailure | null, detail = ''): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      call.signal?.removeEventListener('abort', stop);
      // What has been sent and read to its end is left to its agent.
      if (!response?.complete || !request.writableFinished) request.destroy();
      resolve({
        failure,
        detail: detail.slice(0, DETAIL_CHARACTERS),
        status: response?.statusCode ?? null,
        ms: 0,
        answer: textOf(answer.pieces),
        retryAfter: response?.headers['retry-after']?.slice(0, RETRY_AFTER_CHARACTERS) ?? null,
        stale: failure === 'closed' && request.reusedSocket && !response,
      });
    };
    const stop = (): void => end('stopped', 'stopped before the answer');
    const timer = setTimeout(() => end('timed_out', 'no answer in time'), withinMs);
    call.signal?.addEventListener('abort', stop);

    const failureOf = watch(request, end);
    const fail = (error: Error): void => end(failureOf(error), wordsOf(error));
    request.on('error', fail);
    request.on('close', () => end('closed', 'the connection was closed'));
    request.on('response', (begun) => {
      response = begun;
      begun.on('error', fail);
      begun.on('end', () => end(null));
      begun.on('data', (piece: Buffer) => {
        answer.pieces.push(piece.subarray(0, ANSWER_BYTES - answer.bytes));
        answer.bytes += piece.length;
        if (answer.bytes > ANSWER_BYTES) end(null);
      });
    });
    request.end(call.body);
    if (call.signal?.aborted) stop();
  });
}

/** Follows how far a request gets and how much is read; returns what an error means by then. */
function watch(
  request: ClientRequest,
  end: (failure: PostFailure, detail: string) => void,
): (error: Error) => PostFailure {
  let failure: PostFailure = 'connect_failed';
  let bytes = 0;
  const count = (data: Buffer): void => {
    bytes += data.length;
    if (bytes > READ_BYTES) end('bad_answer', 'more than an answer should have');
  };
  request.on('socket', (socket: Socket) => {
    const isOpen = (): void => {
      failure = 'closed';
    };
    if (request.reusedSocket) isOpen();
    else if (request.protocol === 'http:') socket.once('connect', isOpen);
    else {
      socket.once('connect', () => {
        failure = 'tls_failed';
      });
      socket.once('secureConnect', isOpen);
    }
    socket.on('data', count);
    request.once('close', () => socket.off('data', count));
  });
  return (error) => {
    if (error instanceof LookupRefusal) return error.failure;
    return codeOf(error).startsWith('HPE_') ? 'bad_answer' : failure;
  };
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/** Of several addresses the first that was tried. */
function wordsOf(error: Error): string {
  const [first = error] = error instanceof AggregateError ? (error.errors as Error[]) : [];
  return first.message || codeOf(first);
}

/** A character that the first KiB ends in the middle of is left out. */
function textOf(pieces: Buffer[]): string {
  return new TextDecoder().decode(Buffer.concat(pieces), { stream: true });
}
