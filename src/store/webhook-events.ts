// Collection `webhook_events`, of a region.
import { type Connection, Schema } from 'mongoose';
import { maxTime, type Session } from './connection';
import { pendingQueries, TO_ENQUEUE } from './pending';
import { refusedByIndex } from './refused-by-index';
import { type Renames, renameListOnly } from './renaming';
import { optionalDate, optionalText, text } from './schema-fields';

/** What companies can be told of. */
export const WEBHOOK_EVENTS = [
  'certificate.created',
  'certificate.revoked',
  'consent.revoked',
  'consent.modified',
  'batch.completed',
  'batch.failed',
  'scrub.completed',
  'retention.completed',
  'cleanup.completed',
  'wallet.low_balance',
  'endpoint.disabled',
] as const;
export type WebhookEventName = (typeof WEBHOOK_EVENTS)[number];

/** What an endpoint can be sent: events, and the one by which it is tried out. */
export type SentEventName = WebhookEventName | 'endpoint.test';

/**
 * What a company is to be told, written in the transaction of what it tells. `recorded` → deliveries
 * made for its endpoints: `fanned_out`.
 */
export interface WebhookEvent {
  /** The `webhook-id`: the same for each delivery, try and replay. */
  _id: string;
  /** Who is told. */
  company_id: string;
  event: SentEventName;
  at: Date;
  /** Ids, methods and times, never what is personal; as it is sent. */
  data: Record<string, unknown>;
  /** The request, or its part, that a revocation is told of. */
  revocation_id: string | null;
  /** The batch that it is of: what ends a batch is told after all that it revoked. */
  batch_id: string | null;
  /** Whose certificates or consents it tells of; another company's where a third party is told. */
  owner_id: string;
  /** The event of the owner that a third party is told of. */
  told_with: string | null;
  state: 'recorded' | 'fanned_out';
  requested_at: Date;
  enqueued_at: Date | null;
  /** The group that shared the job of the fan-out then. */
  enqueued_with?: string;
  /** Until when a revocation is to be acknowledged, as long as it is not; null: nobody is asked to. */
  acknowledge_by: Date | null;
  /** When an endpoint first answered that it has it. */
  acknowledged_at: Date | null;
  /** From then on it is not kept; null: as long as the revocation that it tells of. */
  expires_at: Date | null;
}

const schema = new Schema<WebhookEvent>(
  {
    _id: text,
    company_id: text,
    event: text,
    at: { type: Date, required: true },
    data: { type: Schema.Types.Mixed, required: true },
    revocation_id: optionalText,
    batch_id: optionalText,
    owner_id: text,
    told_with: optionalText,
    state: text,
    requested_at: { type: Date, required: true },
    enqueued_at: optionalDate,
    enqueued_with: { type: String, default: undefined },
    acknowledge_by: optionalDate,
    acknowledged_at: optionalDate,
    expires_at: optionalDate,
  },
  { versionKey: false, minimize: false },
)
  .index({ company_id: 1, at: 1, _id: 1 })
  .index({ requested_at: 1 }, { name: 'pending', partialFilterExpression: { state: 'recorded' } })
  .index(TO_ENQUEUE, { name: 'to_enqueue', partialFilterExpression: { state: 'recorded' } })
  .index(
    { batch_id: 1 },
    {
      name: 'pending_of_batch',
      partialFilterExpression: { state: 'recorded', batch_id: { $gt: '' } },
    },
  )
  .index(
    { revocation_id: 1 },
    { name: 'of_revocation', partialFilterExpression: { revocation_id: { $gt: '' } } },
  )
  .index(
    { owner_id: 1, acknowledge_by: 1 },
    { name: 'unacknowledged', partialFilterExpression: { acknowledge_by: { $type: 'date' } } },
  )
  .index(
    { 'data.certificate_id': 1 },
    { name: 'of_certificate', partialFilterExpression: { 'data.certificate_id': { $gt: '' } } },
  )
  .index(
    { expires_at: 1 },
    { expireAfterSeconds: 0, partialFilterExpression: { expires_at: { $type: 'date' } } },
  );

/** Events of an owner's revocations that a company has not acknowledged in time. */
export interface OverdueOf {
  owner_id: string;
  company_id: string;
  count: number;
  /** When the oldest of them was revoked. */
  oldest: Date;
}

/** What companies are to be told, in a region. */
export function webhookEventStore(connection: Connection) {
  const model = connection.model('WebhookEvent', schema, 'webhook_events');
  const { collection } = model;
  const inTime = maxTime(connection);
  return {
    insert: async (events: WebhookEvent[], session: Session) => {
      if (events.length > 0) await collection.insertMany(events as never[], { session });
    },
    /** The same outside of a transaction; those that are there already stay as they are. */
    insertMissing: async (events: WebhookEvent[]) => {
      if (events.length === 0) return;
      try {
        await model.insertMany(events, { ordered: false, lean: true });
      } catch (error) {
        if (refusedByIndex(error).length === 0) throw error;
      }
    },
    findMany: (ids: string[]) =>
      model
        .find({ _id: { $in: ids } })
        .lean()
        .exec(),
    /** Those of batches that no deliveries have been made for yet, in order. */
    findRecordedOfBatches: (batchIds: string[], limit: number) =>
      model
        .find({ state: 'recorded', batch_id: { $in: batchIds, $gt: '' } })
        .sort({ at: 1, _id: 1 })
        .limit(limit)
        .lean()
        .exec(),
    /** A company's from a time on, after a place in their order, oldest first. */
    findSince: (companyId: string, from: { at: Date; id: string }, limit: number) =>
      model
        .find({
          company_id: companyId,
          $or: [{ at: { $gt: from.at } }, { at: from.at, _id: { $gt: from.id } }],
        })
        .sort({ at: 1, _id: 1 })
        .limit(limit)
        .lean()
        .exec(),
    /** How many a company has since a time, of these kinds or (null) of all, counted up to `max`. */
    countSince: (companyId: string, since: Date, events: WebhookEventName[] | null, max: number) =>
      model.countDocuments(
        {
          company_id: companyId,
          at: { $gte: since },
          event: events ? { $in: events } : { $ne: 'endpoint.test' },
        },
        { ...inTime, limit: max },
      ),
    /** Notes that deliveries have been made for these. */
    markFannedOut: async (ids: string[]) => {
      await model.updateMany({ _id: { $in: ids } }, { $set: { state: 'fanned_out' } });
    },
    /** Asks that these be acknowledged, unless they are. */
    askToAcknowledge: async (ids: string[], by: Date) => {
      await model.updateMany(
        { _id: { $in: ids }, acknowledged_at: null },
        { $set: { acknowledge_by: by } },
      );
    },
    /** Notes when the first endpoint said that it has them. */
    acknowledge: async (ids: string[], at: Date) => {
      await model.updateMany(
        { _id: { $in: ids }, acknowledged_at: null },
        { $set: { acknowledged_at: at, acknowledge_by: null } },
      );
    },
    /** What companies were told of requests to revoke: of this owner's, in order. */
    ofRevocations: (ownerId: string, revocationIds: string[], limit: number) =>
      model
        .find({ revocation_id: { $in: revocationIds, $gt: '' }, owner_id: ownerId }, null, inTime)
        .sort({ at: 1, _id: 1 })
        .limit(limit)
        .lean()
        .exec(),
    /**
     * Who has not acknowledged revocations in time, and how many events each.
     * @param ownerId whose revocations; undefined: anybody's
     */
    overdue: (ownerId: string | undefined, now: Date): Promise<OverdueOf[]> =>
      model
        .aggregate<OverdueOf>(
          [
            {
              $match: {
                acknowledge_by: { $type: 'date', $lt: now },
                ...(ownerId !== undefined && { owner_id: ownerId }),
              },
            },
            {
              $group: {
                _id: { owner_id: '$owner_id', company_id: '$company_id' },
                count: { $sum: 1 },
                oldest: { $min: '$at' },
              },
            },
            { $replaceWith: { $mergeObjects: ['$_id', { count: '$count', oldest: '$oldest' }] } },
          ],
          inTime,
        )
        .exec(),
    /**
     * Removes what tells of one of these certificates alone, and gives them other ids where it tells of a
     * revocation.
     * @param revocationIds the requests that revoked them
     * @returns ids of all these events
     */
    renameCertificates: async (
      renames: Renames,
      revocationIds: string[],
      session: Session,
    ): Promise<string[]> => {
      const ids = [...renames.keys()];
      const alone = { 'data.certificate_id': { $in: ids, $gt: '' } };
      const among = {
        revocation_id: { $in: revocationIds, $gt: '' },
        'data.certificate_ids': { $in: ids },
      };
      const $or = revocationIds.length > 0 ? [alone, among] : [alone];
      const found = await model.find({ $or }, { _id: 1 }, { session }).lean();
      if (found.length === 0) return [];
      await model.deleteMany(alone, { session });
      await model.updateMany(among, renameListOnly('data.certificate_ids', renames), {
        session,
        updatePipeline: true,
      });
      return found.map(({ _id }) => _id);
    },
    ...pendingQueries(connection, 'webhook_events', { state: 'recorded' }, '_id'),
  };
}
