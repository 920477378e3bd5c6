import type { z } from 'zod';
import { AppError, type ErrorDetail } from '../errors';
import { plainWords } from '../lib/plain-words';

export type Schema = z.ZodType;
/** What a schema reads; undefined without one. */
export type Output<S extends Schema | undefined> = S extends Schema ? z.output<S> : undefined;

const MAX_DETAILS = 20;

/**
 * A value as its schema reads it; undefined without a schema.
 * @throws AppError invalid_request naming the wrong fields, the first 20
 */
export function parse<S extends Schema | undefined>(schema: S, value: unknown): Output<S> {
  if (!schema) return undefined as Output<S>;
  const result = schema.safeParse(value, { error: plainWords });
  if (result.success) return result.data as Output<S>;
  const details = result.error.issues.slice(0, MAX_DETAILS).map((issue): ErrorDetail => ({
    path: issue.path.join('.') || 'body',
    message: issue.message,
  }));
  throw new AppError('invalid_request', { details });
}
