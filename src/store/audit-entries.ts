// Collection `audit_entries`.
import { type Connection, Schema } from 'mongoose';
import { type Actor, actorSchema } from './actor';
import { type Answered, answeredEntries } from './answered-entries';
import type { AuditAction } from './audit-actions';
import type { Channel } from './certificates';
import { atMost, orTooLong, retryOnDuplicate, type Session } from './connection';
import { afterCursor, type PageRequest, toPage } from './paging';
import { beginningWith } from './prefix';
import { refusedByIndex } from './refused-by-index';
import { renameDocuments, renameInList, type Renames } from './renaming';
import { BY_LEAF, BY_TIME, leafQueries, NO_LEAF_YET, WITH_LEAF, WITHOUT_LEAF } from './log-leaves';
import { given } from './schema-fields';

/** One line of the audit log; append-only. */
export interface AuditEntry {
  /** Derived from what it records, so that a retry writes the same entry. */
  _id: string;
  company_id: string;
  at: Date;
  /** What happened. */
  action: AuditAction;
  /** For revocations: how the request came in. */
  method: string | null;
  actor: Actor;
  reason: string | null;
  /** At most 1,000. */
  certificates: string[];
  /** Consents of the Attestr and Baanx dialects, by the ids of their originals; at most 1,000. */
  consents?: string[];
  ip: string | null;
  /** In the operators' own log: whose log has what was changed, and by which entry. */
  about?: { company_id: string; entry_id: string };
  /** Of a request at the portal: what stands for the identifier that was typed, and what it opts out of. */
  requested?: { identifier: string; channels: Channel[] };
  /** Of a scrub that has ended: what it has answered. */
  answered?: Answered;
  /** Its place among the leaves of the region's logs, or `NO_LEAF_YET`; absent until then in what an earlier release has written. */
  leaf?: number;
  /** From which the salts of its record are made, in base64url. */
  salt?: string;
  /** As `salt`, of what clean-ups empty: it goes with that. */
  person_salt?: string;
}

/** Stands for consumers where a company is needed; no company id begins with a colon. */
export const CONSUMER_LOG = ':consumer';

/** Of requests that revoked something, or opted out of some channels. */
const REVOKED: AuditAction[] = ['certificate.revoked', 'certificate.channels_revoked'];
const BY_USER = 'by_user';
const BY_OPERATOR = 'by_operator';
const ABOUT = 'about.company_id';

const schema = new Schema<AuditEntry>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    at: { type: Date, required: true },
    action: { type: String, required: true },
    method: { type: String, default: null },
    actor: actorSchema,
    reason: { type: String, default: null },
    certificates: { type: [String], required: true },
    consents: { type: [String], default: undefined },
    ip: { type: String, default: null },
    about: { type: { company_id: String, entry_id: String }, _id: false, default: undefined },
    requested: { type: { identifier: String, channels: [String] }, _id: false, default: undefined },
    answered: { type: Schema.Types.Mixed, default: undefined } as never,
    leaf: Number,
    salt: String,
    person_salt: String,
  },
  { versionKey: false },
)
  .index({ company_id: 1, at: -1, _id: -1 })
  .index({ company_id: 1, action: 1, at: -1, _id: -1 })
  .index({ company_id: 1, certificates: 1, at: -1 })
  // What people do is little among what machines do.
  .index(
    { company_id: 1, 'actor.id': 1, at: -1, _id: -1 },
    { name: BY_USER, partialFilterExpression: { 'actor.type': 'user' } },
  )
  .index(
    { company_id: 1, 'actor.id': 1, at: -1, _id: -1 },
    { name: BY_OPERATOR, partialFilterExpression: { 'actor.type': 'operator' } },
  )
  .index({ company_id: 1, [ABOUT]: 1, at: -1, _id: -1 }, given(ABOUT))
  .index(BY_LEAF, WITH_LEAF)
  .index(BY_TIME, WITHOUT_LEAF)
  .index({ company_id: 1, consents: 1, at: -1 }, given('consents'));

export interface AuditFilter {
  certificate_ids?: string[] | undefined;
  consent_id?: string | undefined;
  action?: string | undefined;
  method?: string | undefined;
  actor?: Actor | undefined;
  /** Of any actor of this kind. */
  actor_type?: Actor['type'] | undefined;
  /** Of the operators' log: those about a company. */
  about_company_id?: string | undefined;
  /** Those whose ids begin with any of these. */
  id_prefixes?: string[] | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** Leaves time to answer. */
const LIST_MS = 2_000;

/** Actions whose reasons are written by us, and name nobody. */
export const OWN_WORDS: AuditAction[] = [
  'certificate.cleaned',
  'recording.cleaned',
  'consent.cleaned',
  'scrub.answered',
];

/** The audit log. */
export function auditStore(connection: Connection) {
  const model = connection.model('AuditEntry', schema, 'audit_entries');
  return {
    ...leafQueries<AuditEntry>(connection, 'audit_entries'),
    ...answeredEntries(connection),
    /** Writes the entry unless it exists. */
    append: async (entry: AuditEntry, session?: Session) => {
      const { _id, ...rest } = toLog(entry);
      await model.updateOne({ _id }, { $setOnInsert: rest }, { upsert: true, session });
    },
    /** Those of the ids that are there. */
    findMany: (ids: string[]) =>
      model
        .find({ _id: { $in: ids } })
        .lean()
        .exec(),
    exists: async (id: string): Promise<boolean> => (await model.exists({ _id: id })) !== null,
    /** Writes the entry unless it exists, and returns the one that is stored. */
    appendOnce: (entry: AuditEntry): Promise<AuditEntry> => {
      const { _id, ...rest } = toLog(entry);
      return retryOnDuplicate(() =>
        model
          .findOneAndUpdate(
            { _id },
            { $setOnInsert: rest },
            { upsert: true, returnDocument: 'after' },
          )
          .lean()
          .orFail()
          .exec(),
      );
    },
    /** As `append` for many at once; safe to repeat concurrently. */
    appendMany: async (entries: AuditEntry[], session?: Session): Promise<void> => {
      if (entries.length === 0) return;
      const logged = entries.map(toLog);
      if (!session) return insertMissing(model.collection, logged);
      const upserts = logged.map(({ _id, ...rest }) => ({
        updateOne: { filter: { _id }, update: { $setOnInsert: rest }, upsert: true },
      }));
      await retryOnDuplicate(() => model.bulkWrite(upserts, { ordered: false, session }));
    },
    /**
     * Renames certificates wherever an entry of the company or of consumers names them, and entries whose own ids have the id of one
     * or of its session. What nobody in use is named by any more loses IP and reason.
     */
    renameCertificates: async (
      companyId: string,
      renames: { certificates: Renames; entries: Renames },
      session: Session,
    ) => {
      await renameDocuments(connection, 'audit_entries', renames.entries, session);
      const ours = { $in: ['$action', OWN_WORDS] };
      await model.collection.updateMany(
        {
          company_id: { $in: [companyId, CONSUMER_LOG] },
          certificates: { $in: [...renames.certificates.keys()] },
        },
        renameInList('certificates', renames.certificates, ours),
        { session },
      );
    },
    /** What those entries name that name any of the consents and have an IP or a reason. */
    namingConsents: (companyId: string, ids: string[], session: Session) =>
      model.collection
        .find<{ _id: string; consents: string[] }>(
          {
            // `$gt` is what lets the partial index be used.
            company_id: companyId,
            consents: { $in: ids, $gt: '' },
            action: { $nin: OWN_WORDS },
            $or: [{ ip: { $ne: null } }, { reason: { $ne: null } }],
          },
          { session, projection: { consents: 1 } },
        )
        .toArray(),
    /** Empties IP and reason. */
    blank: async (ids: string[], session: Session) => {
      if (ids.length === 0) return;
      await model.updateMany(
        { _id: { $in: ids } },
        { $set: { ip: null, reason: null }, $unset: { person_salt: 1 } },
        { session },
      );
    },
    /** The first entry of a company's requests, or the first of them that names a certificate. */
    ofRequests: (companyId: string, requestIds: string[], certificateId?: string) =>
      model
        .findOne({
          company_id: companyId,
          $or: requestIds.map((id) => ({ _id: { $gte: `${id}.`, $lt: `${id}/` } })),
          ...(certificateId !== undefined && { certificates: certificateId }),
        })
        .sort({ _id: 1 })
        .lean()
        .exec(),
    /** What the entries of each revocation name; `_id` is the revocation's id, a dot and a page. */
    namedByRevocations: (revocationIds: string[], session: Session) =>
      model
        .find(
          {
            // In ASCII the slash comes right after the dot.
            $or: revocationIds.map((id) => ({ _id: { $gte: `${id}.`, $lt: `${id}/` } })),
            action: { $in: REVOKED },
          },
          { company_id: 1, certificates: 1 },
        )
        .session(session)
        .lean()
        .exec(),
    /**
     * A page of entries, newest first.
     * @throws AppError search_too_long; invalid_request naming `cursor`
     */
    list: async (companyId: string, filter: AuditFilter, page: PageRequest) => {
      const query = model
        .find({
          company_id: companyId,
          $and: [...conditions(filter), afterCursor('at', page.cursor)],
        })
        .sort({ at: -1, _id: -1 })
        .limit(page.limit + 1)
        .setOptions(atMost(connection, LIST_MS));
      const index = indexFor(filter);
      const found = await orTooLong((index === null ? query : query.hint(index)).lean().exec());
      return toPage(found, page.limit, (item) => ({ at: item.at, id: item._id }));
    },
  };
}

/** Has it put into the log that proves it. */
function toLog(entry: AuditEntry): AuditEntry {
  return { ...entry, leaf: NO_LEAF_YET };
}

function conditions(filter: AuditFilter): object[] {
  const { certificate_ids, consent_id, action, method, actor, id_prefixes, from, to } = filter;
  const { actor_type, about_company_id } = filter;
  return [
    ...(certificate_ids ? [{ certificates: { $in: certificate_ids } }] : []),
    ...(consent_id === undefined ? [] : [{ consents: consent_id }]),
    ...(action === undefined ? [] : [{ action }]),
    ...(method === undefined ? [] : [{ method }]),
    ...(actor ? [{ 'actor.type': actor.type, 'actor.id': actor.id }] : []),
    ...(actor_type === undefined ? [] : [{ 'actor.type': actor_type }]),
    ...(about_company_id === undefined ? [] : [{ [ABOUT]: { $eq: about_company_id, $gt: '' } }]),
    ...(id_prefixes ? [{ $or: id_prefixes.map((text) => ({ _id: beginningWith(text) })) }] : []),
    ...((from ?? to) ? [{ at: { ...(from && { $gte: from }), ...(to && { $lt: to }) } }] : []),
  ];
}

/** The index that finds little, which the planner might not take; null: it may choose. */
function indexFor({ id_prefixes, certificate_ids, consent_id, actor }: AuditFilter): string | null {
  if (id_prefixes) return '_id_';
  if (certificate_ids ?? consent_id) return null;
  if (actor?.type === 'operator') return BY_OPERATOR;
  return actor?.type === 'user' ? BY_USER : null;
}

/** Outside a transaction, which a refusal would end; several times as fast as upserts. */
async function insertMissing(
  collection: ReturnType<Connection['collection']>,
  entries: AuditEntry[],
): Promise<void> {
  try {
    // Past mongoose, which would cast each of the many ids.
    await collection.insertMany(entries as object[], { ordered: false, ignoreUndefined: true });
  } catch (error) {
    if (refusedByIndex(error).length === 0) throw error;
  }
}
