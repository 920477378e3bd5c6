import { HOUR_MS, MINUTE_MS } from './durations';

const SECOND_MS = 1_000;
/** How long after a try the next one comes; the first one comes at once. */
export const RETRY_PAUSES_MS: readonly number[] = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  4 * HOUR_MS,
  12 * HOUR_MS,
  24 * HOUR_MS,
  30 * HOUR_MS,
];
/** A pause is longer by up to this share, so that what failed together does not come back together. */
const JITTER = 0.1;
const RETRY_AFTER_MAX_MS = 24 * HOUR_MS;

/** How often a message is tried. */
export const MAX_TRIES = RETRY_PAUSES_MS.length + 1;

/**
 * When the next try is due after some that have failed: never sooner than the schedule says, later
 * where the other side asked for it, by a day at most.
 * @param tries made so far, at least one
 * @param at the time of the last one
 * @param retryAfter its `Retry-After`, seconds or a date; what is neither counts as none
 * @param random from 0 to 1, for the jitter
 * @returns null when it was the last try
 */
export function nextTryAt({
  tries,
  at,
  retryAfter = null,
  random = Math.random(),
}: {
  tries: number;
  at: Date;
  retryAfter?: string | null;
  random?: number;
}): Date | null {
  const pauseMs = RETRY_PAUSES_MS[tries - 1];
  if (pauseMs === undefined) return null;
  const jitter = 1 + JITTER * random;
  // Who asks for it asks everybody: the jitter is on both.
  return new Date(
    at.getTime() + Math.round(Math.max(pauseMs, askedForMs(retryAfter, at)) * jitter),
  );
}

function askedForMs(retryAfter: string | null, at: Date): number {
  const text = retryAfter?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * SECOND_MS : dateOf(text) - at.getTime();
  return Math.min(RETRY_AFTER_MAX_MS, Number.isNaN(ms) ? 0 : ms);
}

/** HTTP writes dates in three ways, all of which begin with a day of the week. */
function dateOf(text: string): number {
  return /^(mon|tue|wed|thu|fri|sat|sun)/i.test(text)
    ? Date.parse(text.replace(/( GMT)?$/i, ' GMT'))
    : NaN;
}
