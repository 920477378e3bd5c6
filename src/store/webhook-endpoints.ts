// Collection `webhook_endpoints`.
import { type Connection, Schema } from 'mongoose';
import { maxTime, type Session } from './connection';
import { optionalDate, optionalText, text } from './schema-fields';
import type { WebhookEventName } from './webhook-events';

/** A secret that deliveries are signed with. */
export interface EndpointSecret {
  /** See `sealEndpointSecret`. */
  sealed: string;
  /** When it no longer signs along; null: it is the current one. */
  until: Date | null;
}

/** Why an endpoint gets nothing: its company wants it so · it answered 410 · nothing but failures for days. */
export type DisabledReason = 'by_company' | 'gone' | 'failing';

/** Events that are to be sent again, and how far that has come. */
export interface Replay {
  since: Date;
  until: Date;
  region: string;
  after: { at: Date; id: string };
}

/** Where a company is told of events. */
export interface WebhookEndpoint {
  _id: string;
  company_id: string;
  /** One of as many places as a company may have endpoints. */
  slot: number;
  url: string;
  /** Null: all, also those that are added in later releases. */
  events: WebhookEventName[] | null;
  description: string;
  enabled: boolean;
  disabled_reason: DisabledReason | null;
  disabled_at: Date | null;
  /** The current one first. */
  secrets: EndpointSecret[];
  /** Of the newest delivery that was sent for the first time. */
  sequence: number;
  created_at: Date;
  /** When it last said that it has a delivery. */
  last_success_at: Date | null;
  /** Since when there has been nothing but failure; null: the last one succeeded, or none was sent. */
  failing_since: Date | null;
  last_failure: { at: Date; failure: string } | null;
  /** Null: nothing is to be sent again. */
  replay: Replay | null;
}

const schema = new Schema<WebhookEndpoint>(
  {
    _id: text,
    company_id: text,
    slot: { type: Number, required: true },
    url: text,
    events: { type: [String], default: null },
    description: { type: String, default: '' },
    enabled: { type: Boolean, required: true },
    disabled_reason: optionalText,
    disabled_at: optionalDate,
    secrets: { type: Schema.Types.Mixed, required: true },
    sequence: { type: Number, required: true },
    created_at: { type: Date, required: true },
    last_success_at: optionalDate,
    failing_since: optionalDate,
    last_failure: { type: Schema.Types.Mixed, default: null },
    replay: { type: Schema.Types.Mixed, default: null },
  },
  { versionKey: false },
)
  .index({ company_id: 1, slot: 1 }, { unique: true })
  .index(
    { 'replay.until': 1 },
    { name: 'replaying', partialFilterExpression: { 'replay.until': { $type: 'date' } } },
  )
  .index({ failing_since: 1 }, { partialFilterExpression: { failing_since: { $type: 'date' } } });

/** Endpoints of companies. */
export function webhookEndpointStore(connection: Connection) {
  const model = connection.model('WebhookEndpoint', schema, 'webhook_endpoints');
  const inTime = maxTime(connection);
  return {
    insert: async (endpoint: WebhookEndpoint, session: Session) => {
      await model.create([endpoint], { session });
    },
    find: (id: string, session?: Session) =>
      model
        .findById(id)
        .session(session ?? null)
        .lean()
        .exec(),
    findMany: (ids: string[]) =>
      model
        .find({ _id: { $in: ids } })
        .lean()
        .exec(),
    /** A company's, oldest first. */
    list: (companyId: string, session?: Session) =>
      model
        .find({ company_id: companyId }, null, session ? { session } : inTime)
        .sort({ created_at: 1, _id: 1 })
        .lean()
        .exec(),
    /** Those of companies that are enabled. */
    findEnabled: (companyIds: string[]) =>
      model
        .find({ company_id: { $in: companyIds }, enabled: true })
        .lean()
        .exec(),
    /** Enabled ones that fail, the longest first. */
    listFailing: (limit: number) =>
      model
        .find({ enabled: true, failing_since: { $type: 'date' } }, null, inTime)
        .sort({ failing_since: 1 })
        .limit(limit)
        .lean()
        .exec(),
    countFailing: () =>
      model.countDocuments({ enabled: true, failing_since: { $type: 'date' } }, inTime),
    countDisabled: () => model.countDocuments({ enabled: false }, inTime),
    /** Enabled ones that are to be sent something again. */
    findReplaying: () =>
      model
        .find({ 'replay.until': { $type: 'date' }, enabled: true } as object)
        .lean()
        .exec(),
    /**
     * Notes how far a replay has come.
     * @returns false: another one has taken its place
     */
    advanceReplay: async (
      id: string,
      { since, until }: Replay,
      rest: Replay | null,
    ): Promise<boolean> => {
      const mine = { _id: id, 'replay.since': since, 'replay.until': until } as object;
      return (await model.updateOne(mine, { $set: { replay: rest } })).matchedCount === 1;
    },
    /** Whether one of the companies has any, enabled or not: what it misses can be replayed. */
    hasAny: async (companyIds: string[]): Promise<boolean> =>
      (await model.exists({ company_id: { $in: companyIds } })) !== null,
    /** @returns it after the change; null: the company has none of that id */
    change: (
      companyId: string,
      id: string,
      change: Partial<WebhookEndpoint>,
      session?: Session,
    ): Promise<WebhookEndpoint | null> =>
      model
        .findOneAndUpdate(
          { _id: id, company_id: companyId },
          { $set: change },
          { session, returnDocument: 'after' },
        )
        .lean()
        .exec(),
    /** @returns false: the company has none of that id */
    remove: async (companyId: string, id: string, session: Session): Promise<boolean> => {
      const { deletedCount } = await model.deleteOne(
        { _id: id, company_id: companyId },
        { session },
      );
      return deletedCount === 1;
    },
    /**
     * Takes the next numbers of an endpoint's sequence, in a transaction.
     * @returns the first of them; null: it is gone
     */
    takeNumbers: async (id: string, count: number, session: Session): Promise<number | null> => {
      const change = { $inc: { sequence: count } };
      const taken = await model.findByIdAndUpdate(id, change, {
        session,
        returnDocument: 'after',
        projection: { sequence: 1 },
      });
      return taken ? taken.sequence - count + 1 : null;
    },
    /** Notes a success. */
    succeeded: async (id: string, at: Date) => {
      await model.updateOne({ _id: id }, { $set: { last_success_at: at, failing_since: null } });
    },
    /** Notes a failure; the first after a success is the one since when it fails. */
    failed: async (id: string, failure: string, at: Date) => {
      await model.updateOne(
        { _id: id },
        [
          {
            $set: {
              last_failure: { $literal: { at, failure } },
              failing_since: { $ifNull: ['$failing_since', at] },
            },
          },
        ],
        { updatePipeline: true },
      );
    },
  };
}
