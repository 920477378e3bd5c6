// Collection `companies`.
import { type Connection, Schema } from 'mongoose';
import { ANY_CASE } from './any-case';
import { maxTime, type Session } from './connection';

export const SERVICES = ['econsent', 'attestr', 'baanx'] as const;
export type Service = (typeof SERVICES)[number];

/** Calls per second and per UTC day, for the company and for each API; absent: unlimited. */
export interface CallLimits {
  account_per_second?: number | undefined;
  api_per_second?: number | undefined;
  account_per_day?: number | undefined;
  api_per_day?: number | undefined;
}

/** What a company's uploads may take; absent: the service's default. */
export interface UploadLimits {
  /** Files on their way in, or with work left. */
  open_uploads?: number | undefined;
  /** Of all files that are stored, done or not. */
  stored_upload_bytes?: number | undefined;
  /** Files that are read at the same time. */
  running_files?: number | undefined;
}

/** What comes in for a company without its credentials, or stays open; absent: the service's default. */
export interface EntranceLimits {
  /** Open at the same time. */
  event_streams?: number | undefined;
  /** Look-ups on the portal by way of a link that names the company. */
  portal_per_minute?: number | undefined;
  /** One-click requests with links of the company. */
  one_click_per_minute?: number | undefined;
  /** Openings of links of the company, which change nothing. */
  link_opens_per_minute?: number | undefined;
}

export type Limits = CallLimits & UploadLimits & EntranceLimits;

/** What happens to revoked consents and old recordings; under `keep` nothing is ever cleaned. */
export interface CleanupPolicy {
  action: 'keep' | 'delete' | 'anonymise' | 'archive';
  after_days: number;
  session_days: number;
  certificate_days: number;
}

export interface CompanySettings {
  name: string;
  third_party_verification_enabled: boolean;
  authorized_third_parties: string[];
  services: Service[];
  /** IPs and CIDRs; empty: any. */
  ip_allowlist: string[];
  limits: Limits;
  retention: CleanupPolicy;
  /** Whether `company_id` + `property_id` in a body are accepted as credentials. */
  body_credentials_enabled: boolean;
  /** Available balance under which the wallet's low-balance flag goes up. */
  low_balance_microusd: number;
  /** The operator's page for paying money in, shown beside the wallet. */
  top_up_url?: string | null;
}

/** How far a new company is: what no other record says. */
export interface FirstSteps {
  /** All of them are done, whatever becomes of what they made. */
  done_at?: Date;
  /** A person said that their site has the link to the opt-out page. */
  linked_at?: Date;
}

export interface Company extends CompanySettings {
  /** The company id. */
  _id: string;
  created_at: Date;
  first_steps?: FirstSteps;
}

const schema = new Schema<Company>(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    third_party_verification_enabled: { type: Boolean, required: true },
    authorized_third_parties: { type: [String], required: true },
    services: { type: [String], required: true },
    ip_allowlist: { type: [String], required: true },
    limits: { type: Schema.Types.Mixed, required: true },
    retention: { type: Schema.Types.Mixed, required: true },
    body_credentials_enabled: { type: Boolean, required: true },
    low_balance_microusd: { type: Number, required: true },
    top_up_url: String,
    first_steps: Schema.Types.Mixed,
    created_at: { type: Date, required: true },
  },
  { versionKey: false, minimize: false },
)
  // What operators search by its beginning. Second fields, as `_id` alone is the collection's own index.
  .index({ _id: 1, name: 1 }, { name: 'id_beginning', collation: ANY_CASE })
  .index({ name: 1, _id: 1 }, { name: 'name_beginning', collation: ANY_CASE });

/** A counter that transactions write in order to conflict; its value means nothing. */
const GUARD = 'guard';
const WITHOUT_GUARD = { [GUARD]: 0 } as const;

/** A stage that adds to credentials the company that has them, as `owner`. */
export const WITH_OWNER = {
  $lookup: {
    from: 'companies',
    localField: 'company_id',
    foreignField: '_id',
    pipeline: [{ $project: WITHOUT_GUARD }],
    as: 'owner',
  },
} as const;

/** Tenants and their settings. */
export function companyStore(connection: Connection) {
  const model = connection.model('Company', schema, 'companies');
  const inTime = maxTime(connection);
  return {
    insert: async (company: Company, session?: Session) => {
      await model.create([company], { session });
    },
    find: (id: string) => model.findById(id, WITHOUT_GUARD).lean().exec(),
    findMany: (ids: string[], session?: Session) =>
      model.collection
        .find<Company>({ _id: { $in: ids } } as object, {
          ...inTime,
          session,
          projection: WITHOUT_GUARD,
        })
        .toArray(),
    /**
     * Serializes this transaction with every other that guards the same company or changes its
     * settings.
     * @returns the company as it is, or null
     */
    guard: (id: string, session: Session) =>
      model.collection.findOneAndUpdate(
        { _id: id } as object,
        { $inc: { [GUARD]: 1 } },
        { session, returnDocument: 'after', projection: WITHOUT_GUARD },
      ) as Promise<Company | null>,
    /** Ids after `after`, in order: for going through all companies in bounded pages. */
    idsAfter: async (after: string, limit: number): Promise<string[]> => {
      const found = await model
        .find({ _id: { $gt: after } }, { _id: 1 })
        .sort({ _id: 1 })
        .limit(limit)
        .lean();
      return found.map((company) => company._id);
    },
    /** Replaces the settings given, and returns the company after the change, or null. */
    update: (id: string, settings: Partial<CompanySettings>, session?: Session) =>
      model
        .findByIdAndUpdate(
          id,
          { $set: settings },
          {
            returnDocument: 'after',
            session,
            projection: WITHOUT_GUARD,
          },
        )
        .lean()
        .exec(),
    /** Notes that a first step is done, the first time only. */
    noteFirstStep: async (id: string, step: keyof FirstSteps, at: Date): Promise<void> => {
      const name = `first_steps.${step}`;
      await model.updateOne({ _id: id, [name]: { $exists: false } }, { $set: { [name]: at } });
    },
    isEmpty: async () => (await model.estimatedDocumentCount()) === 0,
  };
}
