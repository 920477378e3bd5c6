import type { Batch, BatchModel } from './batches';
import type { Session } from './connection';

/** Batches whose upload's time is over, unless one is being worked on. */
function expired(now: Date) {
  return { upload_expires_at: { $type: 'date' as const, $lte: now }, open: false };
}

/** One whose file has come in and is not being discarded. */
function acceptable(id: string) {
  return { _id: id, state: 'receiving' as const, fence: 0 };
}

/** Files that are still coming in, and those whose time is over. */
export function uploadQueries(model: BatchModel) {
  return {
    /** Makes a batch of a file that has come in, unless it is being discarded; else null. */
    accept: (id: string, change: Partial<Batch>, session: Session) =>
      model
        .findOneAndUpdate(acceptable(id), { $set: change }, { returnDocument: 'after', session })
        .lean()
        .exec(),
    /** Forgets one whose file becomes a batch under another id; false when it is being discarded. */
    deleteReceiving: async (id: string, session?: Session) => {
      const result = await model.deleteOne(acceptable(id), { session });
      return result.deletedCount === 1;
    },
    /** False when it is a batch; else it can become none any more, and may be discarded. */
    beginDiscarding: async (id: string) => {
      const result = await model.updateOne({ _id: id, state: 'receiving' }, { $inc: { fence: 1 } });
      return result.matchedCount === 1;
    },
    /** Forgets one whose file has been discarded. */
    deleteDiscarded: async (id: string) => {
      await model.deleteOne({ _id: id, state: 'receiving' });
    },
    /** Those whose file began to come in before `startedBefore`, oldest first. */
    findReceiving: (startedBefore: Date, limit: number) =>
      model
        .find({ state: 'receiving', created_at: { $lt: startedBefore } })
        .sort({ created_at: 1 })
        .limit(limit)
        .lean()
        .exec(),
    /** Those whose upload is to be deleted and is needed no more, oldest first. */
    expiredUploads: (now: Date): AsyncIterable<Pick<Batch, '_id' | 'company_id'>> =>
      model
        .find(expired(now), { company_id: 1 })
        .sort({ upload_expires_at: 1 })
        .lean()
        .cursor({ batchSize: 500 }),
    /**
     * From here on the uploads of these count as deleted, where they are still to be and are needed
     * no more.
     * @returns those for which that is so
     */
    giveUpUploads: async (companyId: string, ids: string[], now: Date, session: Session) => {
      const among = { _id: { $in: ids }, company_id: companyId, ...expired(now) };
      const found = await model.find(among, { _id: 1 }).session(session).lean();
      const given = found.map((batch) => batch._id);
      const change = { $set: { upload_expires_at: null } };
      await model.updateMany({ _id: { $in: given } }, change, { session });
      return given;
    },
  };
}
