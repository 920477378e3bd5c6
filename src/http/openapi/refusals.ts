import { STATUS_CODES } from 'node:http';
import { distinct } from '../../lib/distinct';
import type { Declared } from '../operation';
import { type Dialect, MEANINGS } from './dialects';
import { recordedExamples } from './examples';
import type { SchemaBook } from './schemas';

type Json = Record<string, unknown>;

const OWN_STATUSES: Record<number, string> = { 498: 'Invalid key pair', 499: 'Key pair missing' };
const TEMPORARY = new Set([429, 503]);
/** Answered by Node.js itself, without a body. */
const WITHOUT_BODY = new Set([431]);

/** The document's entries for what a call refuses, by status: when, and with which body. */
export function refusals(book: SchemaBook, dialect: Dialect, route: Declared): Json {
  const { operation } = route;
  const schema = book.output(dialect.error);
  const general = dialect.refusals(route);
  const own = Object.keys(operation.refusals ?? {}).map(Number);
  const responses = distinct([...general, ...own])
    .filter((status) => !(status in operation.answers))
    .map((status) => {
      const example = recordedExamples[operation.id]?.answers[String(status)];
      const headers = {
        ...(TEMPORARY.has(status) && ref('Retry-After')),
        ...(status === 429 && rateHeaders()),
        ...(status === 401 && ref('WWW-Authenticate')),
      };
      const shown = example !== undefined && { example };
      const content = { 'application/json': { schema, ...shown } };
      const response = {
        description: meaningOf(dialect, route, status, general.includes(status)),
        headers,
        ...(!WITHOUT_BODY.has(status) && { content }),
      };
      return [status, response] as const;
    });
  return Object.fromEntries(responses);
}

/** When a call answers a status: its own reasons, then those of every call. */
function meaningOf(
  { meanings = {} }: Dialect,
  { operation }: Declared,
  status: number,
  isGeneral: boolean,
): string {
  const own = operation.refusals?.[status];
  const general = meanings[status] ?? MEANINGS[status];
  // What does not exist, the call itself says best.
  if (own !== undefined && (!isGeneral || status === 404)) return own;
  return [own, general].filter((text) => text !== undefined).join(' ') || nameOf(status);
}

/** The headers that say what is left of a limit. */
export function rateHeaders(): Json {
  return { ...ref('RateLimit'), ...ref('RateLimit-Policy') };
}

/** A header that is described once. */
export function ref(header: string): Json {
  return { [header]: { $ref: `#/components/headers/${header}` } };
}

/** The name of a status. */
export function nameOf(status: number): string {
  return OWN_STATUSES[status] ?? STATUS_CODES[status] ?? String(status);
}
