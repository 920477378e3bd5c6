import ipaddr from 'ipaddr.js';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { DAY_MS, MINUTE_MS } from '../../lib/durations';

const NETWORK_BITS = 48;

/**
 * Ten wrong passwords are free; from then on each one costs a wait, of one minute at first and twice
 * as long each time, up to 15. A day without any begins anew.
 */
export const DELAYS = {
  freeTries: 10,
  firstMs: MINUTE_MS,
  longestMs: 15 * MINUTE_MS,
  forgottenAfterMs: DAY_MS,
};

/** One account as tried from one place; its tries hold up nobody anywhere else. */
export interface Place {
  /** A user id, or an email that has no user. */
  account: string;
  /** See `fromNetwork` and others. */
  from: string;
}

/** The network of an IP: an IPv4 address, or the IPv6 /48 that one subscriber may have to themselves. */
export function fromNetwork(ip: string): string {
  if (!ipaddr.isValid(ip)) return 'network unknown';
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return `network ${address.toString()}`;
  const prefix = ipaddr.IPv6.networkAddressFromCIDR(
    `${address.toString()}/${String(NETWORK_BITS)}`,
  );
  return `network ${prefix.toString()}`;
}

/** A browser that has signed in before. */
export function fromDevice(deviceId: string): string {
  return `device ${deviceId}`;
}

/** Somebody who is signed in, and asked for their password once more. */
export const FROM_SESSION = 'session';

/**
 * Counts a try before it is made, so that simultaneous ones count too, unless it has to wait.
 * @returns milliseconds to wait; 0: it may be made
 */
export async function countTry({
  ctx,
  place,
  now,
}: {
  ctx: Context;
  place: Place;
  now: Date;
}): Promise<number> {
  const { waiting, wait_until } = await ctx.store.sessions.countTry(keyOf(ctx, place), now, DELAYS);
  return waiting && wait_until ? wait_until.getTime() - now.getTime() : 0;
}

/** Takes back a try that was made with the right password of another account of the same email. */
export async function uncountTry({ ctx, place }: { ctx: Context; place: Place }): Promise<void> {
  await ctx.store.sessions.uncountTry(keyOf(ctx, place));
}

/** Forgets the tries of a place, after a right password. */
export async function forgetTries({ ctx, place }: { ctx: Context; place: Place }): Promise<void> {
  await ctx.store.sessions.forgetTries(keyOf(ctx, place));
}

/** The refusal of a try that has to wait. */
export function haveToWait(waitMs: number): AppError {
  return new AppError('too_many_requests', { retryAfterSeconds: Math.ceil(waitMs / 1_000) });
}

function keyOf(ctx: Context, { account, from }: Place): string {
  return ctx.identifiers.current('sign_in', `${account}\0${from}`);
}
