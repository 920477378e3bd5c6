// Collections `access_lines`, `credential_ips` and `access_totals`.
import { type Connection, Schema } from 'mongoose';
import { derivedId } from '../lib/derived-ids';
import { DAY_MS } from '../lib/durations';
import {
  ACCESS_EVENTS,
  type AccessEvent,
  type AccessLine,
  type AccessTotals,
} from '../telemetry/access-counts';
import { maxTime, retryOnDuplicate } from './connection';
import { afterCursor, type PageRequest, toPage } from './paging';

/** A line of the security log: how often the same happened within an hour. */
export interface StoredAccess {
  /** Derived from company, hour, event, credential and IP. */
  _id: string;
  company_id: string;
  /** The start of the hour. */
  at: Date;
  event: AccessEvent;
  credential: string | null;
  ip: string | null;
  count: number;
  last_at: Date;
}

/** An IP that a credential has been used from. */
interface CredentialIp {
  /** Derived from company, credential and IP. */
  _id: string;
  company_id: string;
  last_at: Date;
}

/** What happened to a company within an hour. */
export interface HourTotals {
  _id: string;
  company_id: string;
  at: Date;
  opt_outs: number;
  refusals: number;
}

export interface AccessFilter {
  event?: AccessEvent | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

const KEPT_MS = 90 * DAY_MS;
const TOTALS_KEPT_MS = 15 * DAY_MS;
const WRITES_AT_A_TIME = 1_000;
const expiring = (ms: number) => ({ expireAfterSeconds: ms / 1_000 });

const lineSchema = new Schema<StoredAccess>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    at: { type: Date, required: true },
    event: { type: String, enum: ACCESS_EVENTS, required: true },
    credential: { type: String, default: null },
    ip: { type: String, default: null },
    count: { type: Number, required: true },
    last_at: { type: Date, required: true },
  },
  { versionKey: false },
)
  .index({ company_id: 1, at: -1, _id: -1 })
  .index({ company_id: 1, event: 1, at: -1, _id: -1 })
  .index({ at: 1 }, expiring(KEPT_MS));

const ipSchema = new Schema<CredentialIp>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    last_at: { type: Date, required: true },
  },
  { versionKey: false },
).index({ last_at: 1 }, expiring(KEPT_MS));

const totalsSchema = new Schema<HourTotals>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    at: { type: Date, required: true },
    opt_outs: { type: Number, default: 0 },
    refusals: { type: Number, default: 0 },
  },
  { versionKey: false },
)
  .index({ company_id: 1, at: -1 })
  .index({ at: 1 }, expiring(TOTALS_KEPT_MS));

/** Who got in and who did not, by the hour; gone after 90 days. */
export function securityLogStore(connection: Connection) {
  const lines = connection.model('AccessLine', lineSchema, 'access_lines');
  const ips = connection.model('CredentialIp', ipSchema, 'credential_ips');
  const totals = connection.model('AccessTotals', totalsSchema, 'access_totals');
  return {
    /** Adds counts to the lines of their hours. */
    add: async (counted: AccessLine[]): Promise<void> => {
      for (const some of inPages(counted)) {
        const upserts = some.map(({ companyId: company_id, event, credential, ip, ...line }) => {
          const { at, count, lastAt: last_at } = line;
          const name = [company_id, at.getTime(), event, credential, ip];
          const fixed = { company_id, at, event, credential, ip };
          const update = { $setOnInsert: fixed, $inc: { count }, $max: { last_at } };
          return { updateOne: { filter: { _id: derivedId('acc', name) }, update, upsert: true } };
        });
        await lines.bulkWrite(upserts, { ordered: false });
      }
    },
    /**
     * Notes the IPs that credentials have been used from.
     * @returns those lines whose credential had not come from their IP in the last 90 days
     */
    noteIps: async (counted: AccessLine[]): Promise<AccessLine[]> => {
      const fresh: AccessLine[] = [];
      for (const some of inPages(counted)) {
        const upserts = some.map(({ companyId: company_id, credential, ip, lastAt }) => {
          const filter = { _id: derivedId('cip', [company_id, credential, ip]) };
          const update = { $setOnInsert: { company_id }, $max: { last_at: lastAt } };
          return { updateOne: { filter, update, upsert: true } };
        });
        const { upsertedIds } = await retryOnDuplicate(() =>
          ips.bulkWrite(upserts, { ordered: false }),
        );
        fresh.push(...Object.keys(upsertedIds).flatMap((at) => some[Number(at)] ?? []));
      }
      return fresh;
    },
    addTotals: async (counted: AccessTotals[]): Promise<void> => {
      for (const some of inPages(counted)) {
        const upserts = some.map(({ companyId: company_id, at, optOuts, refusals }) => {
          const filter = { _id: derivedId('tot', [company_id, at.getTime()]) };
          const $inc = { opt_outs: optOuts, refusals };
          const update = { $setOnInsert: { company_id, at }, $inc };
          return { updateOne: { filter, update, upsert: true } };
        });
        await totals.bulkWrite(upserts, { ordered: false });
      }
    },
    list: async (companyId: string, { event, from, to }: AccessFilter, page: PageRequest) => {
      const found = await lines
        .find({
          company_id: companyId,
          ...(event && { event }),
          ...((from ?? to) && { at: { ...(from && { $gte: from }), ...(to && { $lt: to }) } }),
          $and: [afterCursor('at', page.cursor)],
        })
        .sort({ at: -1, _id: -1 })
        .limit(page.limit + 1)
        .lean();
      return toPage(found, page.limit, (item) => ({ at: item.at, id: item._id }));
    },
    /** When each of these companies was last served, as far back as the log goes. */
    lastServed: (companyIds: string[]) =>
      connection
        .collection<{ _id: string }>('companies')
        .aggregate<{ _id: string; last_at: Date }>(
          [
            { $match: { _id: { $in: companyIds } } },
            {
              $lookup: {
                from: 'access_lines',
                localField: '_id',
                foreignField: 'company_id',
                pipeline: [
                  { $match: { event: 'served' } },
                  { $sort: { at: -1, _id: -1 } },
                  { $limit: 1 },
                  { $project: { last_at: 1 } },
                ],
                as: 'line',
              },
            },
            { $unwind: '$line' },
            { $project: { last_at: '$line.last_at' } },
          ],
          maxTime(connection),
        )
        .toArray(),
    /** The companies to which most of one kind happened in an hour, most first. */
    busiest: (at: Date, what: 'opt_outs' | 'refusals', atLeast: number, limit: number) =>
      totals
        .find({ at, [what]: { $gte: atLeast } })
        .sort({ [what]: -1 })
        .limit(limit)
        .lean()
        .exec(),
    /** Sums of hours from `from` until before `to`, of one company or of all. */
    sums: async (from: Date, to: Date, companyId?: string) => {
      const [sum] = await totals.aggregate<{ opt_outs: number; refusals: number }>([
        {
          $match: {
            ...(companyId !== undefined && { company_id: companyId }),
            at: { $gte: from, $lt: to },
          },
        },
        { $group: { _id: null, opt_outs: { $sum: '$opt_outs' }, refusals: { $sum: '$refusals' } } },
      ]);
      return sum ?? { opt_outs: 0, refusals: 0 };
    },
  };
}

function* inPages<T>(items: T[]): Generator<T[]> {
  for (let from = 0; from < items.length; from += WRITES_AT_A_TIME) {
    yield items.slice(from, from + WRITES_AT_A_TIME);
  }
}
