import { json, type RequestHandler } from 'express';
import { AppError } from '../errors';

const DEFAULT_LIMIT_BYTES = 100 * 1024;
const TYPES = ['json', '+json'];

/** Names of UTF-8 and of its part ASCII that the body parsers do not know. */
const UTF8 = /;\s*charset\s*=\s*"?(?:utf8|us-ascii|ascii|ansi_x3\.4-1968)"?\s*(?=;|$)/i;

/** Reads every name of UTF-8 as UTF-8. To be mounted before what reads bodies. */
export const plainCharset: RequestHandler = (request, _response, next) => {
  const type = request.headers['content-type'];
  if (type && UTF8.test(type)) {
    request.headers['content-type'] = type.replace(UTF8, '; charset=utf-8');
  }
  next();
};

const requireJson: RequestHandler = (request, _response, next) => {
  // `null` means that there is no body; like an empty one, it is for the schema to judge.
  const empty = request.get('content-length') === '0';
  if (!empty && request.is(TYPES) === false) throw new AppError('unsupported_media_type');
  next();
};

const parsersByLimit = new Map<number, RequestHandler>();

/** Middleware that accepts a JSON body and no other. */
export function jsonBody(limitBytes = DEFAULT_LIMIT_BYTES): RequestHandler[] {
  const parser = parsersByLimit.get(limitBytes) ?? json({ limit: limitBytes, type: TYPES });
  parsersByLimit.set(limitBytes, parser);
  return [requireJson, parser];
}
