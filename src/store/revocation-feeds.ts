// Collection `revocation_feeds`, and `feed` in `revocations` and `consent_revocations`.
import { type Connection, Schema } from 'mongoose';
import { maxTime, type Session } from './connection';
import type { ConsentRevocation } from './consent-revocations';
import type { Revocation } from './revocations';

/** The feed of a company's revocations in a region: its highest number. */
export interface RevocationFeed {
  /** The company. */
  _id: string;
  last: number;
}

/** What a feed has the revocations of; in the US region of consents only. */
export type FeedPart = 'certificates' | 'consents';

/** A place in a feed, and when the flags of the revocation there were set. */
export interface FeedPlace {
  number: number;
  at: Date;
}

/** A revocation that has no number yet. */
export interface Unnumbered {
  _id: string;
  part: FeedPart;
  at: Date;
}

/** Which of those without a number to find. */
export interface ToNumber {
  /** Whose flags were set at this time or later. */
  since: Date | null;
  /** Given: those only that are completed, or whose flags were set before. */
  settledBefore: Date | null;
  limit: number;
}

/** Where each part is, which field says when the flags were set, and which what they are of. */
const PARTS = {
  certificates: { stored: 'revocations', at: 'flags_committed_at', names: 'certificate_ids' },
  consents: { stored: 'consent_revocations', at: 'requested_at', names: 'consent_ids' },
} as const;

const NUMBERED = { feed: { $gt: 0 } };
const UNNUMBERED = {
  certificates: { feed: null, state: { $in: ['flagged', 'batched', 'completed'] } },
  consents: { feed: null },
} as const;

/** Adds the indexes that a feed reads by; what was never asked for is only in the second. */
export function addFeedIndexes<T>(schema: Schema<T>, part: FeedPart): void {
  const { at } = PARTS[part];
  const to_number = { name: 'to_number', partialFilterExpression: UNNUMBERED[part] };
  schema
    .index({ company_id: 1, feed: 1, [at]: 1 }, { name: 'feed', partialFilterExpression: NUMBERED })
    .index({ company_id: 1, [at]: 1 }, to_number);
}

const schema = new Schema<RevocationFeed>(
  { _id: { type: String, required: true }, last: { type: Number, required: true } },
  { versionKey: false },
);

/** Feeds of revocations in a region. Each of these takes part in the transaction of a poll. */
export function revocationFeedStore(connection: Connection, parts: readonly FeedPart[]) {
  const model = connection.model('RevocationFeed', schema, 'revocation_feeds');
  const inTime = maxTime(connection);
  const collectionOf = (part: FeedPart) =>
    connection.collection<{ _id: string; feed?: number }>(PARTS[part].stored);
  /** Those of a part that have any of the numbers. */
  const findNumbered = async <T extends Revocation | ConsentRevocation>(
    part: FeedPart,
    { companyId, numbers, session }: { companyId: string; numbers: number[]; session: Session },
  ): Promise<T[]> => {
    if (!parts.includes(part)) return [];
    const filter = { company_id: companyId, feed: { $gt: 0, $in: numbers } };
    const found = collectionOf(part).find<T>(filter, { session, ...inTime, hint: 'feed' });
    return found.toArray();
  };
  return {
    /** The highest number that was given; 0: none was. */
    last: async (companyId: string, session: Session): Promise<number> =>
      (await model.findById(companyId).session(session).lean())?.last ?? 0,
    /** The first places after a number, in order. */
    listPlaces: async (
      companyId: string,
      { after, limit }: { after: number; limit: number },
      session: Session,
    ): Promise<FeedPlace[]> => {
      const places: FeedPlace[] = [];
      for (const { at, collection } of parts.map(sourceOf)) {
        const found = collection
          .find({ company_id: companyId, feed: { $gt: after } }, { session, ...inTime })
          // What the index has, so that no revocation need be read.
          .project<{ feed: number } & Record<typeof at, Date>>({ _id: 0, feed: 1, [at]: 1 })
          .hint('feed')
          .sort({ feed: 1 })
          .limit(limit);
        places.push(...(await found.map((one) => ({ number: one.feed, at: one[at] })).toArray()));
      }
      return places.sort((a, b) => a.number - b.number).slice(0, limit);
    },
    /** Those without a number, oldest first. */
    listUnnumbered: async (
      companyId: string,
      { since, settledBefore, limit }: ToNumber,
      session: Session,
    ): Promise<Unnumbered[]> => {
      const unnumbered: Unnumbered[] = [];
      for (const { part, at, collection } of parts.map(sourceOf)) {
        const settled = [{ state: 'completed' }, { [at]: { $lt: settledBefore } }];
        const filter = {
          company_id: companyId,
          ...UNNUMBERED[part],
          ...(since && { [at]: { $gte: since } }),
          ...(settledBefore && { $or: settled }),
        };
        const found = collection
          .find(filter as object, { session, ...inTime })
          .project<{ _id: string } & Record<typeof at, Date>>({ [at]: 1 })
          .hint('to_number')
          .sort({ [at]: 1 })
          .limit(limit);
        unnumbered.push(
          ...(await found.map(({ _id, ...one }) => ({ _id, part, at: one[at] })).toArray()),
        );
      }
      return unnumbered.sort((a, b) => a.at.getTime() - b.at.getTime()).slice(0, limit);
    },
    /** Gives them their numbers, which go up and are higher than any that was given. */
    number: async (
      companyId: string,
      numbered: (Unnumbered & FeedPlace)[],
      session: Session,
    ): Promise<void> => {
      const last = numbered.at(-1)?.number;
      if (last === undefined) return;
      // First, so that whoever is numbering at the same time is refused before anything is written.
      await model.updateOne({ _id: companyId }, { $set: { last } }, { session, upsert: true });
      for (const { part, collection } of parts.map(sourceOf)) {
        const updates = numbered
          .filter((one) => one.part === part)
          .map(({ _id, number }) => ({
            updateOne: { filter: { _id }, update: { $set: { feed: number } } },
          }));
        if (updates.length > 0) await collection.bulkWrite(updates, { session });
      }
    },
    /** How many ids each of the numbered has, by their numbers. */
    countNamed: async (
      companyId: string,
      numbers: number[],
      session: Session,
    ): Promise<Map<number, number>> => {
      const counts = new Map<number, number>();
      for (const { names, collection } of parts.map(sourceOf)) {
        const counted = collection.aggregate<{ feed: number; named: number }>(
          [
            { $match: { company_id: companyId, feed: { $gt: 0, $in: numbers } } },
            { $project: { _id: 0, feed: 1, named: { $size: `$${names}` } } },
          ],
          { session, ...inTime, hint: 'feed' },
        );
        for (const { feed, named } of await counted.toArray()) counts.set(feed, named);
      }
      return counts;
    },
    findRevocations: (companyId: string, numbers: number[], session: Session) =>
      findNumbered<Revocation>('certificates', { companyId, numbers, session }),
    findConsentRevocations: (companyId: string, numbers: number[], session: Session) =>
      findNumbered<ConsentRevocation>('consents', { companyId, numbers, session }),
  };

  function sourceOf(part: FeedPart) {
    return { part, ...PARTS[part], collection: collectionOf(part) };
  }
}
