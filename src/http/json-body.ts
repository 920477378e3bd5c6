import { json, type RequestHandler } from 'express';
import { AppError } from '../errors';

const DEFAULT_LIMIT_BYTES = 100 * 1024;
const TYPES = ['json', '+json'];

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
