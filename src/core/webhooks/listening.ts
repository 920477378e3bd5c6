import type { Context } from '../../context';
import { pause } from '../../lib/pause';

/** So long what one process knows of endpoints may be behind. */
const LISTENING_MS = 500;
/** A timer may fire a little early. */
const TIMER_MS = 20;
/** Then those that have not been asked for lately are forgotten. */
const MAX_KNOWN = 10_000;

interface Known {
  /** By `performance.now()`. */
  askedAtMs: number;
  answer: Promise<boolean>;
}

/** One per process. */
const known = new WeakMap<Context['outbox'], Map<string, Known>>();

/**
 * Whether anybody may have to be told of what happens at a company: itself, or a third party that it
 * authorises, has an endpoint. Where nobody has, nothing need be written. What is known may be
 * `LISTENING_MS` old: whoever enables an endpoint or lets third parties check waits that long before
 * saying so.
 */
export function isListenedTo({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<boolean> {
  const mine = known.get(ctx.outbox) ?? new Map<string, Known>();
  known.set(ctx.outbox, mine);
  const now = performance.now();
  const seen = mine.get(companyId);
  if (seen && now - seen.askedAtMs < LISTENING_MS) return seen.answer;
  if (mine.size >= MAX_KNOWN) mine.clear();
  const answer = look(ctx, companyId);
  mine.set(companyId, { askedAtMs: now, answer });
  answer.catch(() => mine.delete(companyId));
  return answer;
}

/** Until every process knows that somebody listens, or may be told. */
export async function untilListenedTo(): Promise<void> {
  await pause(LISTENING_MS + TIMER_MS, new AbortController().signal);
}

async function look(ctx: Context, companyId: string): Promise<boolean> {
  const company = await ctx.store.companies.find(companyId);
  const parties = company?.third_party_verification_enabled ? company.authorized_third_parties : [];
  return ctx.store.webhookEndpoints.hasAny([companyId, ...parties]);
}
