import type { Context } from '../../context';
import { invalid } from '../../errors';

const PURPOSE = 'certificate-content';
const MAX_EVENTS_DEPTH = 100;

/** What makes a capture the same as an earlier one, identifiers in their normal form. */
export interface CapturedContent {
  property_ref: string;
  email: string | null;
  mobile: string | null;
  origin: string;
  /** As sent: a time that was left out stays out, so that sending it again is the same content. */
  consents: { type: string; text: string; given_at?: Date | undefined }[];
  events: unknown;
}

/**
 * The content as text that is the same whatever the order of the keys.
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
 * Whether a value is nested within 100 levels. It goes down level by level and not by calling itself:
 * a capture of 1 MiB can be deeper than the stack.
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

/** The keyed hash that is stored; keyed, because content could be guessed from a plain one. */
export function contentHash({ ctx, canonical }: { ctx: Context; canonical: string }): string {
  return ctx.identifiers.current(PURPOSE, canonical);
}

/** Whether a stored hash is the content's, under any of the keys in use. */
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
