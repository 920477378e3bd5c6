import type { Context } from '../../context';
import { pause } from '../../lib/pause';
import type { Region } from '../../store/regions';
import type { HashedCollection, HashedPerson, Rehashed } from '../../store/rehashing';
import { type Held, underLease } from '../leases/under-lease';
import { normalizeEmail } from './email';
import { normalizeMobile } from './mobile';

/** Grows when normal forms or hashes change, and everything is to be written again. */
const VERSION = 4;
const PAGE_SIZE = 500;
/** Leaves room to those who wait for an answer. */
const PAUSE_MS = 20;
/** The place in a collection: this at its end, else `after:` and the last id. */
const DONE = 'done';
const AFTER = 'after:';

/** What is brought up to date: a collection of a region. */
export interface Hashed {
  region: Region;
  collection: HashedCollection;
}

/** Where hashes stand beside their plain values. */
export const HASHED: readonly Hashed[] = [
  { region: 'default', collection: 'certificates' },
  { region: 'default', collection: 'consents' },
  { region: 'us', collection: 'consents' },
];

/**
 * Brings the hashes of a collection up to date wherever the plain email or mobile is still there;
 * look-ups find older ones, too, so nothing waits for it. Goes on where an earlier call stopped;
 * doing a page again changes nothing.
 * @returns `done`, `held` by another process, or `stopped` by the signal
 */
export async function rehashIdentifiers({
  ctx,
  region,
  collection,
  signal,
}: Hashed & { ctx: Context; signal: AbortSignal }): Promise<'done' | 'held' | 'stopped'> {
  const outcome = await underLease({
    ctx,
    name: `rehash-identifiers-v${String(VERSION)}:${region}:${collection}`,
    signal,
    work: (held) => rehashOn(ctx, { region, collection }, held),
  });
  return outcome ?? 'held';
}

async function rehashOn(
  ctx: Context,
  { region, collection }: Hashed,
  { cursor, saveCursor, signal }: Held,
): Promise<'done' | 'stopped'> {
  if (cursor === DONE) return 'done';
  const store = ctx.store.regions[region].rehashing;
  let last = cursor?.slice(AFTER.length) ?? '';
  while (!signal.aborted) {
    const page = await store.page(collection, last, PAGE_SIZE);
    const records = page.flatMap((person) => rehashed(ctx, collection, person));
    await store.write(collection, records);
    ctx.metrics.rehashed.inc({ collection, region }, records.length);
    await ctx.reach('identifiers.rehashing');
    last = page.at(-1)?._id ?? last;
    const done = page.length < PAGE_SIZE;
    await saveCursor(done ? DONE : AFTER + last);
    if (done) {
      ctx.log.info({ region, collection }, 'hashes of emails and mobiles are up to date');
      return 'done';
    }
    await pause(PAUSE_MS, signal);
  }
  return 'stopped';
}

/** The record with what it should have; none if it has that. */
function rehashed(
  { identifiers }: Context,
  collection: HashedCollection,
  was: HashedPerson,
): Rehashed[] {
  const { email, mobile } = was;
  // What could be captured once and can be read no more stays as it is: so do its look-ups.
  const normalEmail = email === null ? null : normalizeEmail(email);
  const normalMobile =
    mobile === null ? null : (normalizeMobile(mobile) ?? (isE164(mobile) ? mobile : null));
  const email_hash =
    normalEmail === null ? was.email_hash : identifiers.ofPerson('email', normalEmail);
  const mobile_hash =
    normalMobile === null ? was.mobile_hash : identifiers.ofPerson('mobile', normalMobile);
  const isSearched = collection === 'certificates';
  const email_search = isSearched ? searched(was, normalEmail) : was.email_search;
  const hashed = email_hash === was.email_hash && mobile_hash === was.mobile_hash;
  if (hashed && email_search === was.email_search) return [];
  return [{ was, set: { email_hash, mobile_hash, ...(isSearched && { email_search }) } }];
}

/** Nothing is left of an email that a worker of an earlier release removed: it knows only the plain one. */
function searched({ email, email_search }: HashedPerson, normalEmail: string | null) {
  return email === null ? null : (normalEmail ?? email_search);
}

function isE164(mobile: string): boolean {
  return /^\+\d{7,15}$/.test(mobile);
}
