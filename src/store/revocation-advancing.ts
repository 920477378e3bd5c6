// Collection `revocations`: how requests advance once their flags are set.
import type { Session } from './connection';
import type { Revocation, RevocationModel } from './revocations';

/** What is known once the flags are counted; unset where that may no longer be so. */
export const UNCOUNTED = { exact: '', audited: '' } as const;

/** A part of a batch: how many certificates it revoked, and whether that is all that it names. */
export interface FlaggedPart {
  id: string;
  revoked: number;
  all: boolean;
}

const OPEN = { state: { $in: ['flagged', 'batched'] as Revocation['state'][] } };

/** From `recorded` to the end. */
export function advancingQueries(model: RevocationModel) {
  return {
    /**
     * Notes where a request stands whose flags have been set.
     * @returns it as it is by then, with what a clean-up has renamed; null: somebody else was faster
     */
    advanceFlagged: (
      id: string,
      change: Pick<Revocation, 'state' | 'flags_committed_at'> & Partial<Revocation>,
      session: Session,
    ): Promise<Revocation | null> =>
      model
        .findOneAndUpdate(
          { _id: id, state: 'recorded' },
          { $set: change },
          { session, returnDocument: 'after' },
        )
        .lean()
        .exec(),
    /** Which of these have not been advanced yet. */
    stillRecorded: async (ids: string[], session: Session): Promise<Set<string>> => {
      const found = await model
        .find({ _id: { $in: ids }, state: 'recorded' }, { _id: 1 })
        .session(session)
        .lean();
      return new Set(found.map(({ _id }) => _id));
    },
    /** Marks parts of a batch whose flags are set: `batched` if they revoked any, else `void`. */
    markFlagged: async (parts: FlaggedPart[], at: Date, session: Session) => {
      const marks = [
        { state: 'batched', exact: true, is: (part: FlaggedPart) => part.revoked > 0 && part.all },
        { state: 'batched', is: (part: FlaggedPart) => part.revoked > 0 && !part.all },
        { state: 'void', is: (part: FlaggedPart) => part.revoked === 0 },
      ] as const;
      for (const { is, ...mark } of marks) {
        const ids = parts.filter(is).map(({ id }) => id);
        if (ids.length === 0) continue;
        const change = { $set: { ...mark, flags_committed_at: at } };
        await model.updateMany({ _id: { $in: ids }, state: 'recorded' }, change, { session });
      }
    },
    /**
     * Completes those whose flags are set and whose audit entry is written, in one write.
     * @returns how many
     */
    completeAudited: async (ids: string[], at: Date): Promise<number> => {
      const audited = { _id: { $in: ids }, state: 'flagged' as const, audited: true };
      const done = { $set: { state: 'completed' as const, completed_at: at } };
      const { modifiedCount } = await model.collection.updateMany(audited as object, done);
      return modifiedCount;
    },
    /**
     * Completes those whose flags are set and whose audit entries are written.
     * @param fewer what those revoked that revoked less than they name, by their ids
     */
    completeMany: async (ids: string[], fewer: ReadonlyMap<string, string[]>, at: Date) => {
      const done = { state: 'completed', completed_at: at } as const;
      const narrowed = [...fewer].map(([_id, certificate_ids]) => ({
        updateOne: { filter: { _id, ...OPEN }, update: { $set: { ...done, certificate_ids } } },
      }));
      if (narrowed.length > 0) await model.bulkWrite(narrowed, { ordered: false });
      const rest = ids.filter((id) => !fewer.has(id));
      if (rest.length > 0) await model.updateMany({ _id: { $in: rest }, ...OPEN }, { $set: done });
    },
    /** Advances one step; false when it was no longer at `from`. */
    advance: async (
      id: string,
      from: Revocation['state'][],
      change: Partial<
        Pick<Revocation, 'state' | 'flags_committed_at' | 'completed_at' | 'certificate_ids'>
      >,
      session?: Session,
    ) => {
      const result = await model.updateOne(
        { _id: id, state: { $in: from } },
        { $set: change },
        { session },
      );
      return result.modifiedCount === 1;
    },
    /** Reopens a completed one, so that what it lacks is written. */
    reopen: async (id: string) => {
      await model.updateOne(
        { _id: id, state: 'completed' },
        {
          $set: { state: 'flagged', completed_at: null, enqueued_at: null },
          $unset: UNCOUNTED,
        },
      );
    },
  };
}
