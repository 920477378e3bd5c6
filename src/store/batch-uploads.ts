// Collection `batches`: uploads being received, and expired ones.
import type { Batch, BatchModel } from './batches';
import type { Session } from './connection';

/** Batches whose upload has expired, unless they are open. */
function expired(now: Date) {
  return { upload_expires_at: { $type: 'date' as const, $lte: now }, open: false };
}

/** A batch whose file has been received and is not being discarded. */
function acceptable(id: string) {
  return { _id: id, state: 'receiving' as const, fence: 0 };
}

/** Files that are being received, and those that have expired. */
export function uploadQueries(model: BatchModel) {
  return {
    /** Makes a batch of a received file, unless it is being discarded; else null. */
    accept: (id: string, change: Partial<Batch>, session: Session) =>
      model
        .findOneAndUpdate(acceptable(id), { $set: change }, { returnDocument: 'after', session })
        .lean()
        .exec(),
    /** Deletes one whose file becomes another batch; false when it is being discarded. */
    deleteReceiving: async (id: string, session?: Session) => {
      const result = await model.deleteOne(acceptable(id), { session });
      return result.deletedCount === 1;
    },
    /** False when it is a batch; otherwise it can no longer become one and may be discarded. */
    beginDiscarding: async (id: string) => {
      const result = await model.updateOne({ _id: id, state: 'receiving' }, { $inc: { fence: 1 } });
      return result.matchedCount === 1;
    },
    /** Deletes one whose file has been discarded. */
    deleteDiscarded: async (id: string) => {
      await model.deleteOne({ _id: id, state: 'receiving' });
    },
    /** Those whose upload started before `startedBefore`, oldest first. */
    findReceiving: (startedBefore: Date, limit: number) =>
      model
        .find({ state: 'receiving', created_at: { $lt: startedBefore } })
        .sort({ created_at: 1 })
        .limit(limit)
        .lean()
        .exec(),
    /** Those whose upload has expired, oldest first. */
    expiredUploads: (now: Date): AsyncIterable<Pick<Batch, '_id' | 'company_id'>> =>
      model
        .find(expired(now), { company_id: 1 })
        .sort({ upload_expires_at: 1 })
        .lean()
        .cursor({ batchSize: 500 }),
    /**
     * Marks uploads as deleted, where they have expired.
     * @returns the ids of those batches
     */
    giveUpUploads: async (companyId: string, ids: string[], now: Date, session: Session) => {
      const among = { _id: { $in: ids }, company_id: companyId, ...expired(now) };
      const found = await model.find(among, { _id: 1 }).session(session).lean();
      const given = found.map((batch) => batch._id);
      const change = { $set: { upload_expires_at: null } };
      await model.updateMany({ _id: { $in: given } }, change, { session });
      // What is said of scrubs names no certificate with which it could go.
      const scrubs = { _id: { $in: given }, kind: 'scrubs' as const };
      await model.updateMany(scrubs, { $set: { ip: null, file_name: null } }, { session });
      return given;
    },
  };
}
