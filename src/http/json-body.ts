import type { IncomingHttpHeaders } from 'node:http';
import { json, type Request, type RequestHandler, type Response } from 'express';
import { AppError } from '../errors';

const DEFAULT_LIMIT_BYTES = 100 * 1024;
/** Up to which it costs less to parse a body than to wait for anything. */
const SMALL_BYTES = 16 * 1024;
const TYPES = ['json', '+json'];

/** Names of UTF-8 and of its part ASCII that the body parsers do not know. */
const UTF8 = /;\s*charset\s*=\s*"?(?:utf8|us-ascii|ascii|ansi_x3\.4-1968)"?\s*(?=;|$)/i;

/** Has every name of UTF-8 read as UTF-8. Comes before what reads bodies. */
export function plainCharset(headers: IncomingHttpHeaders): void {
  const type = headers['content-type'];
  if (type && UTF8.test(type)) headers['content-type'] = type.replace(UTF8, '; charset=utf-8');
}

/** Whether a request says that its body is small, and no more than that once it is unpacked. */
export function isSmall({ headers }: Request): boolean {
  if (headers['content-encoding'] !== undefined) return false;
  return Number(headers['content-length'] ?? Number.POSITIVE_INFINITY) <= SMALL_BYTES;
}

/**
 * Reads a JSON body into `request.body`.
 * @throws AppError unsupported_media_type; the parser's errors, which `errorHandler` knows
 */
export type ReadJson = (request: Request, response: Response) => Promise<void>;

/** Makes what accepts a JSON body and no other. */
export function jsonReader(limitBytes = DEFAULT_LIMIT_BYTES): ReadJson {
  const parse: RequestHandler = json({ limit: limitBytes, type: () => true });
  return (request, response) =>
    new Promise((resolve, reject) => {
      // Without a body, or with an empty one, it is for the schema to judge.
      const type = request.headers['content-length'] === '0' ? null : request.is(TYPES);
      if (type === false) throw new AppError('unsupported_media_type');
      if (type === null) {
        resolve();
        return;
      }
      void parse(request, response, (error?: Error | string) => {
        if (error instanceof Error) reject(error);
        else resolve();
      });
    });
}
