// Collection `consents`.
import { type Connection, Schema } from 'mongoose';
import { type Actor, actorSchema } from './actor';
import type { Session } from './connection';
import type { DataState } from './certificates';
import type { CleanupPolicy } from './companies';
import { consentCleaning } from './consent-cleaning';
import { given, optionalDate, optionalText, text } from './schema-fields';

export type Dialect = 'attestr' | 'baanx';
export type ConsentStatus = 'granted' | 'denied' | 'revoked';
/** What becomes of a consent's data after its revocation. */
export type ConsentPolicy = Pick<CleanupPolicy, 'action' | 'after_days'>;

/** What a person agreed to, in the Attestr dialect. */
export interface ConsentTerms {
  /** As the company gave it. */
  subject: { email: string | null; mobile: string | null; ref: string | null };
  purposes: string[];
  text: string;
  /** Null: the company's policy. */
  retention_policy: ConsentPolicy | null;
}

/** Where a consent stands in its set, in the Baanx dialect. */
export interface SetMember {
  id: string;
  user_id: string;
  policy: 'global' | 'US';
  /** `termsAndPrivacy`, `marketingNotifications` and so on. */
  type: string;
  /** Its place among the consents given together, from 0. */
  position: number;
}

/**
 * One state of a consent. Records are only ever added: the original is never touched, a change or a
 * revocation is the next version, and the newest version is what holds.
 */
export interface ConsentRecord {
  _id: string;
  company_id: string;
  dialect: Dialect;
  /** The `_id` of the original. */
  consent_id: string;
  /** 0 for the original. Unique per consent, so that of simultaneous changes one succeeds. */
  version: number;
  status: ConsentStatus;
  terms: ConsentTerms | null;
  set: SetMember | null;
  /** Keyed hashes of the subject's email and mobile. */
  email_hash: string | null;
  mobile_hash: string | null;
  /** When the original was recorded; the same in all versions. */
  given_at: Date;
  /** When it was given, where the company says that this was earlier; the same in all versions. */
  consented_at?: Date;
  /** When this version was recorded. */
  recorded_at: Date;
  actor: Actor;
  ip: string | null;
  reason: string | null;
  /** The request that revoked it. */
  revocation_id: string | null;
  /** What a clean-up has left of its terms; the same in all versions. */
  data: DataState;
  cleaned_at: Date | null;
  cleanup_id: string | null;
  archive_id: string | null;
  /** When it is due under a policy of its own. */
  policy_due_at: Date | null;
}

/** A record that has not been cleaned. */
export const NOT_CLEANED = {
  data: 'full',
  cleaned_at: null,
  cleanup_id: null,
  archive_id: null,
  policy_due_at: null,
} as const;

const mixed = { type: Schema.Types.Mixed, default: null } as const;

const schema = new Schema<ConsentRecord>(
  {
    _id: text,
    company_id: text,
    dialect: text,
    consent_id: text,
    version: { type: Number, required: true },
    status: text,
    terms: mixed,
    set: mixed,
    email_hash: optionalText,
    mobile_hash: optionalText,
    given_at: { type: Date, required: true },
    consented_at: Date,
    recorded_at: { type: Date, required: true },
    actor: actorSchema,
    ip: optionalText,
    reason: optionalText,
    revocation_id: optionalText,
    data: text,
    cleaned_at: optionalDate,
    cleanup_id: optionalText,
    archive_id: optionalText,
    policy_due_at: optionalDate,
  },
  { versionKey: false, minimize: false },
)
  .index({ consent_id: 1, version: 1 }, { unique: true })
  .index({ company_id: 1, 'set.id': 1 }, given('set.id'))
  .index({ company_id: 1, 'set.user_id': 1, recorded_at: -1 }, given('set.user_id'))
  .index({ revocation_id: 1 }, given('revocation_id'))
  // A person is looked for across companies.
  .index({ email_hash: 1, company_id: 1 }, given('email_hash', 'person_email'))
  .index({ mobile_hash: 1, company_id: 1 }, given('mobile_hash', 'person_mobile'))
  .index(
    { company_id: 1, data: 1, recorded_at: 1 },
    { name: 'cleanable', partialFilterExpression: { dialect: 'attestr', status: 'revoked' } },
  )
  .index(
    { company_id: 1, policy_due_at: 1 },
    { name: 'own_policy', partialFilterExpression: { policy_due_at: { $gt: new Date(0) } } },
  );

const IN_ORDER = { 'set.position': 1, version: 1 } as const;

/** The consents of a region and their history. */
export function consentStore(connection: Connection) {
  const model = connection.model('Consent', schema, 'consents');
  const ofUser = (companyId: string, userId: string) => ({
    company_id: companyId,
    'set.user_id': userId,
  });
  return {
    ...consentCleaning(connection),
    insert: async (records: ConsentRecord[], session: Session) => {
      // Not by mongoose: to check a thousand takes so long that the transaction looks abandoned.
      await model.collection.insertMany(records as object[], { session });
    },
    /** The version of a consent that holds, or null. */
    newest: (companyId: string, dialect: Dialect, consentId: string, session: Session) =>
      model
        .findOne({ consent_id: consentId, company_id: companyId, dialect })
        .sort({ version: -1 })
        .session(session)
        .lean()
        .exec(),
    /** Every version of the consents of some sets. */
    bySets: (companyId: string, setIds: string[], session: Session) =>
      model
        .find({ company_id: companyId, 'set.id': { $in: setIds, $gt: '' } })
        .sort(IN_ORDER)
        .session(session)
        .lean()
        .exec(),
    /** Ids of a user's sets, newest first; a set that a replay has restored may be incomplete. */
    setIdsOfUser: async (companyId: string, userId: string, limit: number, session: Session) => {
      const found = await model
        .aggregate<{ _id: string }>([
          { $match: ofUser(companyId, userId) },
          { $group: { _id: '$set.id', given_at: { $first: '$given_at' } } },
          { $sort: { given_at: -1, _id: -1 } },
          { $limit: limit },
        ])
        .session(session);
      return found.map(({ _id }) => _id);
    },
    /** The newest version of a user's consents whose newest version says `granted`. */
    grantedOfUser: (
      companyId: string,
      userId: string,
      which: { type?: string | undefined; givenBefore?: Date | undefined },
      limit: number,
      session: Session,
    ) =>
      model
        .aggregate<ConsentRecord>([
          {
            $match: {
              ...ofUser(companyId, userId),
              ...(which.type !== undefined && { 'set.type': which.type }),
              ...(which.givenBefore && { given_at: { $lt: which.givenBefore } }),
            },
          },
          { $sort: { version: -1 } },
          { $group: { _id: '$consent_id', newest: { $first: '$$ROOT' } } },
          { $replaceRoot: { newRoot: '$newest' } },
          { $match: { status: 'granted' } },
          { $sort: { given_at: -1, 'set.id': 1, 'set.position': 1 } },
          { $limit: limit },
        ])
        .session(session)
        .exec(),
    /** A page of a user's history, newest first, and the length of the whole. */
    historyOfUser: async (
      companyId: string,
      userId: string,
      page: { limit: number; offset: number },
      session: Session,
    ) => {
      const filter = ofUser(companyId, userId);
      const total = await model.countDocuments(filter).session(session);
      const records = await model
        .find(filter)
        .sort({ recorded_at: -1, version: -1, 'set.position': 1, _id: 1 })
        .skip(page.offset)
        .limit(page.limit)
        .session(session)
        .lean();
      return { total, records };
    },
    /** What a request revoked. */
    revokedBy: (revocationId: string, session: Session) =>
      model
        .find({ revocation_id: revocationId })
        .sort({ given_at: -1, 'set.id': 1, 'set.position': 1 })
        .session(session)
        .lean()
        .exec(),
  };
}
