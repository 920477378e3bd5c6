import type { Context } from '../../context';
import { invalid } from '../../errors';

const PURPOSE = 'certificate-content';
const MAX_EVENTS_DEPTH = 100;

/** Captures that agree in all of this are the same; identifiers are in their normal form. */
export interface CapturedContent {
  property_ref: string;
  email: string | null;
  mobile: string | null;
  origin: string;
  /** As sent: a time that was left out stays out, so that a repeat has the same content. */
  consents: { type: string; text: string; given_at?: Date | undefined }[];
  events: unknown;
}

/**
 * The content as text, the same whatever the order of its keys.
 * @throws AppError invalid_request when events are nested deeper than 100 levels
 */
export function canonicalContent(content: CapturedContent): string {
  if (!isShallow(content.events)) throw invalid('events', 'must not be nested so deeply');
  const { property_ref, email, mobile, origin, consents } = content;
  return JSON.stringify([
    property_ref,
    email,
    mobile,
    origin,
    consents.map(({ type, text, given_at }) => [type, text, given_at?.toISOString() ?? null]),
    withSortedKeys(content.events),
  ]);
}

/**
 * Whether a value is nested at most 100 levels deep. Not recursive: a capture of 1 MiB can be nested
 * deeper than the stack.
 */
export function isShallow(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_EVENTS_DEPTH) return false;
    level = level.flatMap((item): unknown[] =>
      typeof item === 'object' && item !== null ? Object.values(item) : [],
    );
  }
  return true;
}

function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => [key, withSortedKeys(item)] as const);
  return Object.fromEntries(entries);
}

/** The hash that is stored; keyed, because content could be guessed from a plain hash. */
export function contentHash({ ctx, canonical }: { ctx: Context; canonical: string }): string {
  return ctx.identifiers.current(PURPOSE, canonical);
}

/** Whether a stored hash is that of the content, under any of the keys in use. */
export function isSameContent({
  ctx,
  canonical,
  storedHash,
}: {
  ctx: Context;
  canonical: string;
  storedHash: string;
}): boolean {
  return ctx.identifiers.all(PURPOSE, canonical).includes(storedHash);
}
