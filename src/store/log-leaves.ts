// What becomes leaves of the log: audit entries and pages of the ledger.
import type { Connection } from 'mongoose';
import type { Session } from './connection';

/** The `leaf` of what is not in the log yet. */
export const NO_LEAF_YET = -1;

/** Key of the index by which leaves are found, and what has none yet. */
export const BY_LEAF = { leaf: 1, _id: 1 } as const;
/** Leaves out what an earlier release has written. */
export const WITH_LEAF = { name: 'by_leaf', partialFilterExpression: { leaf: { $gte: -1 } } };
/** Key of the index by which that is found until it is in the log. */
export const BY_TIME = { at: 1, _id: 1 } as const;
/** Leaves out everything else; an equality with null is how an index says that a field is absent. */
export const WITHOUT_LEAF = { name: 'without_leaf', partialFilterExpression: { leaf: null } };

/** Something that becomes a leaf. */
interface Logged {
  _id: string;
  at: Date;
  leaf?: number;
}

/** The place that something gets in the log. */
export interface GivenLeaf {
  id: string;
  leaf: number;
  /** What is kept with it, so that its record can be opened; by the names of their fields. */
  secrets: Record<string, string>;
}

/** Finding what has no leaf yet, and what leaves stand for. */
export function leafQueries<Document extends Logged>(
  connection: Connection,
  collectionName: string,
) {
  const collection = connection.collection<Document>(collectionName);
  const byLeaf = (leaf: unknown) => ({ leaf }) as never;
  const firstOf = (which: never, order: Record<string, 1>, limit: number, session?: Session) =>
    // All in one answer.
    collection
      .find(which, { session, batchSize: limit })
      .sort(order)
      .limit(limit)
      .toArray() as Promise<Document[]>;
  return {
    /** What is not in the log yet, by its ids, at most `limit`. */
    withoutLeaf: (limit: number, session?: Session) =>
      firstOf(byLeaf(NO_LEAF_YET), BY_LEAF, limit, session),
    /** What an earlier release, which knows of no log, has written; the oldest first, at most `limit`. */
    ofEarlierReleases: (limit: number, session?: Session) =>
      firstOf(byLeaf(null), BY_TIME, limit, session),
    /**
     * Gives them their leaves, in the transaction in which they were found without; false: one is gone, and
     * nothing of this may stand. Finds them by id alone, as anything else takes MongoDB several times as long.
     */
    giveLeaves: async (given: GivenLeaf[], session: Session): Promise<boolean> => {
      if (given.length === 0) return true;
      const writes = given.map(({ id, leaf, secrets }) => ({
        updateOne: {
          filter: { _id: id } as never,
          update: { $set: { ...secrets, leaf } } as never,
        },
      }));
      const { matchedCount } = await collection.bulkWrite(writes, { session, ordered: false });
      return matchedCount === given.length;
    },
    /** Takes leaves away again, from one of them on: what stands for them waits for others. */
    takeBackLeaves: async (from: number, session: Session): Promise<number> => {
      const { matchedCount } = await collection.updateMany(
        byLeaf({ $gte: Math.max(0, from) }),
        { $set: { leaf: NO_LEAF_YET } } as never,
        { session },
      );
      return matchedCount;
    },
    /** What leaves stand for, from one of them up to, and without, another. */
    byLeaves: (from: number, to: number): Promise<Document[]> =>
      collection
        .find(byLeaf({ $gte: Math.max(0, from), $lt: to }))
        .sort(BY_LEAF)
        .toArray() as Promise<Document[]>,
    /** The first that claims a place from this one on. */
    firstFrom: (leaf: number) =>
      collection
        .find(byLeaf({ $gte: leaf }))
        .sort(BY_LEAF)
        .limit(1)
        .next(),
    /** One of this release that is older than a time and still not in the log. */
    waitingSince: (before: Date) =>
      collection.findOne({ leaf: NO_LEAF_YET, at: { $lt: before } } as never),
    /** How many of earlier releases are not in the log. */
    countOfEarlierReleases: () => collection.countDocuments(byLeaf(null)),
  };
}
