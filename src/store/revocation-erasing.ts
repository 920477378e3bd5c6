// Collection `revocations`: what requests still say of certificates that were removed.
import type { Session } from './connection';
import { renameInList, type Renames } from './renaming';
import type { RevocationModel } from './revocations';

const MAX_PARTS = 100;

/** Renaming what requests name. Nothing here touches what they revoked. */
export function erasingQueries(model: RevocationModel) {
  return {
    /**
     * Renames removed certificates in the requests that revoked them, and in those that are still to
     * revoke them. What names nothing else any more loses IP and reason.
     */
    renameCertificates: async (
      companyId: string,
      revocationIds: string[],
      renames: Renames,
      session: Session,
    ) => {
      const update = renameInList('certificate_ids', renames);
      const ours = { _id: { $in: revocationIds } } as object;
      await model.collection.updateMany(ours, update, { session });
      const certificate_ids = { $in: [...renames.keys()] };
      await model.collection.updateMany(
        { state: 'recorded', company_id: companyId, certificate_ids },
        update,
        // By the few that are in that state at any time.
        { session, hint: 'unflagged' },
      );
    },
    /**
     * The batches that these are parts of, where no part has IP or reason any more. A longer one
     * keeps its own: they are about a file of more than 100,000 people.
     */
    batchesWithoutReason: async (revocationIds: string[], session: Session): Promise<string[]> => {
      const blank = { _id: { $in: revocationIds }, ip: null, reason: null };
      const parts = { ...blank, batch_id: { $type: 'string' as const } };
      const found: string[] = [];
      for (const batchId of await model.distinct('batch_id', parts).session(session)) {
        const all = await model
          // In ASCII the slash comes right after the dot.
          .find(
            { _id: { $gte: `${batchId}.`, $lt: `${batchId}/` }, state: { $ne: 'void' } },
            { ip: 1, reason: 1 },
          )
          .limit(MAX_PARTS + 1)
          .session(session)
          .lean();
        const isBlank = all.every(({ ip, reason }) => ip === null && reason === null);
        if (isBlank && all.length <= MAX_PARTS) found.push(batchId);
      }
      return found;
    },
  };
}
