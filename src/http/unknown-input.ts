import type { Request } from 'express';
import { z } from 'zod';
import { AppError, type ErrorDetail, invalid } from '../errors';

const MAX_NAME_CHARACTERS = 100;
/** Ways to ask that nothing be done, without case and separators. */
const DRY_RUNS = new Set([
  ...[
    'dryrun',
    'dryrunonly',
    'isdryrun',
    'dry',
    'preview',
    'previewonly',
    'simulate',
    'simulation',
  ],
  ...['testrun', 'testmode', 'whatif', 'noop', 'validateonly'],
]);
const HEADERS = ['dry-run', 'dryrun', 'x-dry-run', 'x-dryrun'];
const NOT_TAKEN = 'is not taken here: nothing was done';

/** Whether a name asks for a dry run, in whatever spelling. */
export function asksForDryRun(name: string): boolean {
  return DRY_RUNS.has(name.toLowerCase().replaceAll(/[^a-z]/g, ''));
}

/**
 * Refuses parameters of the query that a call does not know: of a misspelt filter nothing would be
 * left but the whole list, of a dry run the real thing.
 * @throws AppError invalid_request naming them
 */
export function refuseUnknownQuery(schema: z.ZodType | undefined, query: object): void {
  const names = Object.keys(query);
  if (names.length === 0) return;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const takes = known.length > 0 ? `takes ${known.join(', ')}` : 'takes none';
  const details = unknown.map((name): ErrorDetail => ({
    path: name.slice(0, MAX_NAME_CHARACTERS),
    message: `is not a parameter of this call, which ${takes} in its query`,
  }));
  throw new AppError('invalid_request', { details });
}

/**
 * Refuses a dry run asked for where none is offered, in a JSON body or a header: nothing that cannot
 * be undone may rest on an ignored word. Asking for none is honoured.
 * @throws AppError invalid_request naming it
 */
export function refuseDryRun(request: Request): void {
  const { headers } = request;
  const body: unknown = request.body;
  const header = HEADERS.find((name) => asks(headers[name]));
  if (header) throw invalid(header, NOT_TAKEN);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
  const field = Object.entries(body).find(([name, value]) => asks(value) && asksForDryRun(name));
  if (field) throw invalid(field[0].slice(0, MAX_NAME_CHARACTERS), NOT_TAKEN);
}

function asks(value: unknown): boolean {
  const no = [undefined, null, false, 0, '', 'false', '0', 'no'];
  return !no.includes(value as string);
}
