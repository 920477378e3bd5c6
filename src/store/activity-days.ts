// Collection `activity_days`.
import { type Connection, Schema } from 'mongoose';
import { DAY_MS } from '../lib/durations';
import type { ActivityOfDay } from '../telemetry/activity-counts';
import type { RevocationMethod } from './certificates';

/** What a company's overview shows of a UTC day that is not in the ledger; statistics, not proof. */
export interface ActivityDay {
  /** `<company id>:<day>` */
  _id: string;
  company_id: string;
  /** UTC day, `YYYY-MM-DD`. */
  day: string;
  /** Its start. */
  at: Date;
  /** Match and partial match, answered 403 `This session has opted out`. */
  refused_checks: number;
  /** Openings of an opt-out link that names the company. */
  link_opens: number;
  /** Certificates and consents, by method. */
  revoked: Partial<Record<RevocationMethod, number>>;
}

const KEPT_MS = 400 * DAY_MS;
const WRITES_AT_A_TIME = 1_000;

const schema = new Schema<ActivityDay>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    day: { type: String, required: true },
    at: { type: Date, required: true },
    refused_checks: { type: Number, default: 0 },
    link_opens: { type: Number, default: 0 },
    revoked: { type: Schema.Types.Mixed, default: {} },
  },
  { versionKey: false, minimize: false },
)
  .index({ company_id: 1, day: -1 })
  .index({ at: 1 }, { expireAfterSeconds: KEPT_MS / 1_000 });

/** What happened to companies by the day; gone after 400 days. */
export function activityDayStore(connection: Connection) {
  const model = connection.model('ActivityDay', schema, 'activity_days');
  return {
    /** Adds counts to the days they belong to. */
    add: async (counted: ActivityOfDay[]): Promise<void> => {
      for (let from = 0; from < counted.length; from += WRITES_AT_A_TIME) {
        const upserts = counted.slice(from, from + WRITES_AT_A_TIME).map((one) => {
          const { companyId: company_id, at, counts, revoked } = one;
          const day = at.toISOString().slice(0, 10);
          const byMethod = [...revoked].map(([method, count]) => [`revoked.${method}`, count]);
          const $inc = { ...counts, ...(Object.fromEntries(byMethod) as Record<string, number>) };
          const update = { $setOnInsert: { company_id, day, at }, $inc };
          return { updateOne: { filter: { _id: `${company_id}:${day}` }, update, upsert: true } };
        });
        await model.bulkWrite(upserts, { ordered: false });
      }
    },
    /** The days from `fromDay` on that have any counts, oldest first, at most 400. */
    since: (companyId: string, fromDay: string): Promise<ActivityDay[]> =>
      model
        .find({ company_id: companyId, day: { $gte: fromDay } })
        .sort({ day: 1 })
        .limit(400)
        .lean()
        .exec(),
    /** Whether an opt-out link of the company has been opened, as far back as counts are kept. */
    hasOpenedLink: async (companyId: string): Promise<boolean> =>
      (await model.exists({ company_id: companyId, link_opens: { $gt: 0 } })) !== null,
    /** Whether any of its checks has been refused, as far back as counts are kept. */
    hasRefused: async (companyId: string): Promise<boolean> =>
      (await model.exists({ company_id: companyId, refused_checks: { $gt: 0 } })) !== null,
  };
}
