// Collection `webhook_deliveries`.
import { type Connection, Schema } from 'mongoose';
import { DAY_MS } from '../lib/durations';
import { maxTime, type Session } from './connection';
import { afterCursor, type PageRequest, toPage } from './paging';
import { refusedByIndex } from './refused-by-index';
import type { Region } from './regions';
import { optionalDate, text } from './schema-fields';
import type { SentEventName } from './webhook-events';

/** `discarded`: its endpoint was disabled or removed before it was sent. */
export const DELIVERY_STATES = ['waiting', 'delivered', 'failed', 'discarded'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One try to deliver. */
export interface Attempt {
  at: Date;
  /** The HTTP status; null: there was no answer. */
  status: number | null;
  /** Why it failed, as a code; null: it did not. */
  failure: string | null;
  ms: number;
  /** The first KiB of the answer. */
  answer: string;
}

/** An event on its way to an endpoint. */
export interface WebhookDelivery {
  _id: string;
  endpoint_id: string;
  company_id: string;
  event_id: string;
  event: SentEventName;
  /** Where the event is kept. */
  region: Region;
  state: DeliveryState;
  /** Given when it is first sent. */
  sequence: number | null;
  /** How often it has been tried since it was last asked for; decides when it is tried next. */
  tries: number;
  next_at: Date;
  /** The newest last. */
  attempts: Attempt[];
  created_at: Date;
  delivered_at: Date | null;
}

export const DELIVERIES_KEPT_DAYS = 30;
/** Of one delivery; more come only of those that are asked for again. */
const MAX_ATTEMPTS = 20;

const schema = new Schema<WebhookDelivery>(
  {
    _id: text,
    endpoint_id: text,
    company_id: text,
    event_id: text,
    event: text,
    region: text,
    state: text,
    sequence: { type: Number, default: null },
    tries: { type: Number, required: true },
    next_at: { type: Date, required: true },
    attempts: { type: Schema.Types.Mixed, required: true },
    created_at: { type: Date, required: true },
    delivered_at: optionalDate,
  },
  { versionKey: false },
)
  .index(
    { state: 1, endpoint_id: 1, next_at: 1, _id: 1 },
    { name: 'waiting', partialFilterExpression: { state: 'waiting' } },
  )
  .index({ company_id: 1, created_at: -1, _id: -1 })
  .index({ endpoint_id: 1, created_at: -1, _id: -1 })
  .index({ event_id: 1 })
  .index({ created_at: 1 }, { expireAfterSeconds: (DELIVERIES_KEPT_DAYS * DAY_MS) / 1_000 });

/** How a try of a delivery ended. */
export interface Tried {
  id: string;
  attempt: Attempt;
  state: DeliveryState;
  tries: number;
  /** When it is tried next, if it is waiting. */
  nextAt: Date;
}

/** Which deliveries of a company to list. */
export interface DeliveryFilter {
  endpoint_id?: string | undefined;
  state?: DeliveryState | undefined;
  event?: string | undefined;
}

/** Deliveries to endpoints; gone after 30 days. */
export function webhookDeliveryStore(connection: Connection) {
  const model = connection.model('WebhookDelivery', schema, 'webhook_deliveries');
  const { collection } = model;
  const inTime = maxTime(connection);
  const waiting = { state: 'waiting' as const };
  return {
    /** Those that are there already stay as they are. */
    insertMissing: async (deliveries: WebhookDelivery[]) => {
      if (deliveries.length === 0) return;
      try {
        await model.insertMany(deliveries, { ordered: false, lean: true });
      } catch (error) {
        if (refusedByIndex(error).length === 0) throw error;
      }
    },
    /** Those that are due, the longest first. */
    findDue: (endpointId: string, now: Date, limit: number) =>
      model
        .find({ ...waiting, endpoint_id: endpointId, next_at: { $lte: now } })
        .sort({ next_at: 1, _id: 1 })
        .limit(limit)
        .lean()
        .exec(),
    /**
     * Endpoints that deliveries are due to. It looks at the first delivery that waits for each of them,
     * however many do (`DISTINCT_SCAN`).
     */
    dueEndpoints: async (now: Date): Promise<string[]> => {
      const firsts = await collection
        .aggregate<{ _id: string }>(
          [
            { $match: waiting },
            { $sort: { state: 1, endpoint_id: 1, next_at: 1 } },
            { $group: { _id: '$endpoint_id', next_at: { $first: '$next_at' } } },
            { $match: { next_at: { $lte: now } } },
          ],
          inTime,
        )
        .toArray();
      return firsts.map(({ _id }) => _id);
    },
    /** Since when the first of those that are due to an endpoint has waited; null: none is due. */
    firstDue: async (endpointId: string, now: Date): Promise<Date | null> => {
      const due = { ...waiting, endpoint_id: endpointId, next_at: { $lte: now } };
      const found = await model.findOne(due, { next_at: 1 }, inTime).sort({ next_at: 1 }).lean();
      return found?.next_at ?? null;
    },
    /** Gives deliveries that have none their numbers, in order; throws where one has one by now. */
    number: async (ids: string[], first: number, session: Session) => {
      const updates = ids.map((_id, i) => ({
        updateOne: {
          filter: { _id, sequence: null },
          update: { $set: { sequence: first + i } },
        },
      }));
      const { matchedCount } = await model.bulkWrite(updates, { session });
      if (matchedCount !== ids.length) throw new Error('a delivery has been numbered by another');
    },
    /** Writes down how tries ended. */
    recordTries: async (tried: Tried[]) => {
      const updates = tried.map(({ id, attempt, state, tries, nextAt }) => ({
        updateOne: {
          filter: { _id: id },
          update: {
            $set: {
              state,
              tries,
              next_at: nextAt,
              ...(state === 'delivered' && { delivered_at: attempt.at }),
            },
            $push: { attempts: { $each: [attempt], $slice: -MAX_ATTEMPTS } },
          },
        },
      }));
      await collection.bulkWrite(updates as never[], { ordered: false });
    },
    /** Blanks what endpoints have answered to events: it may repeat what these told. */
    blankAnswers: async (eventIds: string[], session: Session) => {
      if (eventIds.length === 0) return;
      const blank = { $set: { 'attempts.$[].answer': '' } };
      await collection.updateMany({ event_id: { $in: eventIds } }, blank, { session });
    },
    /** Has these wait longer, without a try. */
    putOff: async (ids: string[], until: Date) => {
      await model.updateMany({ _id: { $in: ids }, ...waiting }, { $set: { next_at: until } });
    },
    /** Gives one up. */
    discard: async (id: string) => {
      await model.updateOne({ _id: id }, { $set: { state: 'discarded' } });
    },
    /** Has deliveries sent again from the start, whatever became of them, in the order of `next_at`. */
    sendAgain: async (
      deliveries: Pick<WebhookDelivery, '_id' | 'next_at'>[],
      session?: Session,
    ) => {
      const updates = deliveries.map(({ _id, next_at }) => ({
        updateOne: {
          filter: { _id },
          update: { $set: { state: 'waiting' as const, tries: 0, next_at } },
        },
      }));
      if (updates.length > 0) await model.bulkWrite(updates, { session, ordered: false });
    },
    /** Gives up what waits for an endpoint; at most `limit`. @returns how many */
    discardWaiting: async (
      endpointId: string,
      limit: number,
      session: Session,
    ): Promise<number> => {
      const found = await model
        .find({ ...waiting, endpoint_id: endpointId }, { _id: 1 }, { session })
        .limit(limit)
        .lean();
      const ids = found.map(({ _id }) => _id);
      const change = { $set: { state: 'discarded' as const } };
      await model.updateMany({ _id: { $in: ids } }, change, { session });
      return ids.length;
    },
    find: (id: string) => model.findById(id, null, inTime).lean().exec(),
    /** Of events, to any endpoint. */
    findOfEvents: (eventIds: string[]) =>
      model
        .find({ event_id: { $in: eventIds } }, null, inTime)
        .lean()
        .exec(),
    /** A company's, newest first. */
    list: async (companyId: string, filter: DeliveryFilter, { limit, cursor }: PageRequest) => {
      const { endpoint_id, state, event } = filter;
      const found = await model
        .find(
          {
            company_id: companyId,
            ...(endpoint_id !== undefined && { endpoint_id }),
            ...(state !== undefined && { state }),
            ...(event !== undefined && { event: event as SentEventName }),
            ...afterCursor('created_at', cursor),
          },
          null,
          inTime,
        )
        .sort({ created_at: -1, _id: -1 })
        .limit(limit + 1)
        .lean()
        .exec();
      return toPage(found, limit, ({ created_at: at, _id: id }) => ({ at, id }));
    },
    /** How many wait for each endpoint, counted up to `max`. */
    countWaiting: (endpointId: string, max: number) =>
      model.countDocuments({ ...waiting, endpoint_id: endpointId }, { ...inTime, limit: max }),
  };
}
