import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import multer from 'multer';

/** What a stand-in for the service has been sent. */
export interface Uploaded {
  fields: Record<string, string>;
  filename: string;
  bytes: number;
  sha256: string;
  token: string;
  key: string;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * A stand-in for what the real service cannot be made to do on purpose: lose connections, refuse
 * before the body, take its time.
 */
export interface StandIn {
  url: string;
  uploads: Uploaded[];
  /** Method and path of every other call. */
  called: string[];
  /** Answers of the next calls by path, each used once, the last one again and again. */
  answers: Map<string, Handler[]>;
  /** Called instead of saying "100 Continue"; default: says it and takes the upload. */
  onUpload: Handler;
  close: () => Promise<void>;
}

export const BATCH_ID = 'bat_standin';

export async function startStandIn(): Promise<StandIn> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const standIn: StandIn = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    uploads: [],
    called: [],
    answers: new Map(),
    onUpload: (request, response) => {
      take(standIn, request, response);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('checkContinue', (request, response) => {
    standIn.onUpload(request, response);
  });
  server.on('request', (request, response) => {
    standIn.called.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const queue = standIn.answers.get(request.url ?? '') ?? [];
    const answer = queue.length > 1 ? queue.shift() : queue[0];
    if (answer) answer(request, response);
    else json(404, { status: 404, error: 'Not found' })(request, response);
  });
  return standIn;
}

/** Says "100 Continue", takes the file and answers 202. */
export function take({ uploads }: StandIn, request: IncomingMessage, response: ServerResponse) {
  response.writeContinue();
  const form = multer({ storage: multer.memoryStorage() }).single('file');
  form(request as never, response as never, (error?: unknown) => {
    const { file, body } = request as unknown as {
      file?: { originalname: string; buffer: Buffer };
      body: Record<string, string>;
    };
    if (error || !file) {
      json(400, { status: 400, error: 'no file' })(request, response);
      return;
    }
    uploads.push({
      fields: { ...body },
      filename: file.originalname,
      bytes: file.buffer.length,
      sha256: createHash('sha256').update(file.buffer).digest('hex'),
      token: request.headers.authorization ?? '',
      key: String(request.headers['idempotency-key']),
    });
    json(202, { batch_id: BATCH_ID, status_url: `/revocations/batches/${BATCH_ID}` })(
      request,
      response,
    );
  });
}

export function json(status: number, body: unknown): Handler {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
}

export function csv(text: string): Handler {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/csv' });
    response.end(text);
  };
}

/** The connection is lost. */
export const lose: Handler = (request) => {
  request.socket.destroy();
};

/** A batch as the service tells of it. */
export function batchView(change: object = {}) {
  return {
    batch_id: BATCH_ID,
    method: 'csv',
    state: 'completed',
    dry_run: false,
    rows_read: 10,
    rows_total: 10,
    revoked: 7,
    already_revoked: 1,
    not_found: 1,
    invalid: 1,
    duplicate: 0,
    certificates_revoked: 8,
    rows_per_second: null,
    seconds_left: 0,
    error: null,
    ...change,
  };
}
