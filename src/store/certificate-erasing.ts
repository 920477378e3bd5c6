// Collection `certificates`: tombstones, and what they still say of the session.
import type { Connection } from 'mongoose';
import type { Certificate } from './certificates';
import { maxTime, type Session } from './connection';
import { REMOVED_PREFIX, type Renames } from './renaming';

/** Tombstones that still have the ids of their certificate and session. */
export const NAMED_TOMBSTONE = { data: 'removed', _id: { $lt: REMOVED_PREFIX } } as const;

/** What names a tombstone, and what a hold may cover it by. */
export type NamedTombstone = Pick<
  Certificate,
  '_id' | 'session_id' | 'email_hash' | 'mobile_hash' | 'opt_out'
>;

/** Finding tombstones, and replacing their ids. Nothing here touches whether one is revoked. */
export function erasingQueries(connection: Connection) {
  const collection = connection.collection<Certificate>('certificates');
  return {
    /** Those of `ids` that are tombstones and still have their ids. */
    findNamedTombstones: (companyId: string, ids: string[], session?: Session) =>
      collection
        .find<NamedTombstone>(
          {
            $and: [{ _id: { $in: ids } }, NAMED_TOMBSTONE],
            company_id: companyId,
          },
          {
            session,
            projection: { session_id: 1, email_hash: 1, mobile_hash: 1, opt_out: 1 },
          },
        )
        .toArray(),
    /** Tombstones captured by `before` that still have their ids, oldest first. */
    namedTombstones: (
      companyId: string,
      before: Date,
      batchSize: number,
    ): AsyncIterable<Pick<NamedTombstone, '_id' | 'email_hash' | 'mobile_hash'>> =>
      collection.find(
        { ...NAMED_TOMBSTONE, company_id: companyId, created_at: { $lte: before } },
        {
          projection: { email_hash: 1, mobile_hash: 1 },
          sort: { created_at: 1 },
          hint: 'named_tombstones',
          batchSize,
        },
      ),
    /** Gives tombstones other ids, for themselves and their sessions, and empties their reasons. */
    erase: async (ids: Renames, sessions: Renames, session: Session) => {
      const mine = { _id: { $in: [...ids.keys()] } };
      const found = await collection.find(mine, { session }).toArray();
      await collection.deleteMany(mine, { session });
      const erased = found.map((one) => ({
        ...one,
        _id: ids.get(one._id) ?? one._id,
        session_id: sessions.get(one.session_id) ?? one.session_id,
        opt_out: { ...one.opt_out, reason: null },
      }));
      if (erased.length > 0) await collection.insertMany(erased, { session });
    },
    /** What the ledger calls a certificate that has one of these ids; null: nothing yet. */
    ledgerRefOf: async (companyId: string, ids: string[]): Promise<string | null> => {
      const found = await collection.findOne<{ ledger_ref: string }>(
        { _id: { $in: ids }, company_id: companyId, ledger_ref: { $gt: '' } },
        { ...maxTime(connection), projection: { ledger_ref: 1 } },
      );
      return found?.ledger_ref ?? null;
    },
    /** The ids that certificates have now, by what the ledger calls them. */
    idsByLedgerRef: async (refs: string[]): Promise<Map<string, string>> => {
      if (refs.length === 0) return new Map();
      const found = await collection
        .find<{ _id: string; ledger_ref: string }>(
          // `$gt` is what lets the partial index be used.
          { ledger_ref: { $in: refs, $gt: '' } },
          { ...maxTime(connection), projection: { ledger_ref: 1 } },
        )
        .toArray();
      return new Map(found.map(({ _id, ledger_ref }) => [ledger_ref, _id]));
    },
  };
}
