// Collection `certificates`.
import { type Connection, Schema } from 'mongoose';
import { checkerQueries } from './certificate-checkers';
import { cleaningQueries } from './certificate-cleaning';
import { contactQueries } from './certificate-contacts';
import { erasingQueries } from './certificate-erasing';
import { ACTIVE, addCertificateIndexes } from './certificate-indexes';
import { revokingQueries } from './certificate-revoking';
import type { Session } from './connection';
import type { OptOut } from './opt-outs';
import { afterCursor, type PageRequest, toPage } from './paging';
import { linearizably } from './primary';
import { newLedgerRef } from './ledger-refs';
import { optionalDate, optionalText, text } from './schema-fields';

export {
  type Channel,
  type ChannelRequest,
  CHANNELS,
  type OptOut,
  requestsOf,
  REVOCATION_METHODS,
  type RevocationMethod,
} from './opt-outs';

export interface Consent {
  type: string;
  text: string;
  given_at: Date;
  /** By which a whole text is compared (see `matchHash`). Absent in those of earlier releases. */
  match_hash?: string;
}

/**
 * What is left of a certificate. `anonymised`: without email, mobile and recording · `removed`: a
 * tombstone, which keeps the id taken and proves a revocation.
 */
export type DataState = 'full' | 'anonymised' | 'removed';

/** Proof that a consumer consented during a session. */
export interface Certificate {
  /** The certificate id, `EC-<session>-<hash>`; of what was removed, a keyed hash of it. */
  _id: string;
  company_id: string;
  /** Public reference (`ppt_…`) of the property that captured it. */
  property_ref: string;
  session_id: string;
  email: string | null;
  mobile: string | null;
  /** Keyed hashes by which the person is found, kept after clean-up. */
  email_hash: string | null;
  mobile_hash: string | null;
  /**
   * The email as searches compare it, for as long as it is there in plain; absent in those of earlier
   * releases until they have been gone through.
   */
  email_search?: string | null;
  origin: string;
  consents: Consent[];
  /** Keyed hash of what was captured: the same content again is the same certificate. */
  content_hash: string;
  created_at: Date;
  /** When the oldest of its consents was given, no later than it was registered; absent in those of earlier releases. */
  consented_at?: Date;
  opt_out: OptOut;
  /** A paid retention keeps the certificate, or the session's recording, until then. */
  retained_until: Date | null;
  session_retained_until: Date | null;
  /** The later of both; missing without paid retention, and in some of earlier releases. */
  kept_until?: Date;
  /** Counts accepted retentions, so that one conflicts with a simultaneous revocation. */
  retention_requests: number;
  data: DataState;
  /** When it was anonymised or removed, by which clean-up, and the archive of the original. */
  cleaned_at: Date | null;
  cleanup_id?: string;
  archive_id?: string;
  /** Set when the clean-up policy removed its recording. */
  recording_cleaned_at?: Date;
  recording_archive_id?: string;
  /**
   * What ledger and log call it, so that neither need change when the id goes: a commitment to its id.
   * Absent in those of earlier releases.
   */
  ledger_ref?: string;
  /** Opens that commitment, base64url; clean-ups remove it. */
  ledger_salt?: string;
  /** Third parties that have checked it; absent: none has since this is noted. */
  checked_by?: string[];
}

/** What ledger and log call a certificate; no salt: it has been removed. */
export type LedgerName = Required<Pick<Certificate, 'ledger_ref'>> &
  Pick<Certificate, 'ledger_salt'>;

/** What a check needs to know of a certificate. */
export type CheckedCertificate = Pick<
  Certificate,
  '_id' | 'company_id' | 'origin' | 'opt_out' | 'data' | 'ledger_ref' | 'checked_by'
> & { consents: Omit<Consent, 'text'>[] };

/** The condition for certificates that are revoked, or are not. */
export function ofStatus(revoked: boolean): Record<string, boolean | null> {
  return revoked ? { 'opt_out.revoke': true } : { 'opt_out.revoke': false, ...ACTIVE };
}

/** Certificates whose texts are in memory at a time. */
const TEXTS_READ_AT_ONCE = 20;

const schema = new Schema<Certificate>(
  {
    _id: text,
    company_id: text,
    property_ref: text,
    session_id: text,
    email: optionalText,
    mobile: optionalText,
    email_hash: optionalText,
    mobile_hash: optionalText,
    email_search: String,
    // Empty in a tombstone.
    origin: { type: String, default: '' },
    consents: [
      new Schema<Consent>({ type: text, text, given_at: Date, match_hash: String }, { _id: false }),
    ],
    content_hash: text,
    created_at: { type: Date, required: true },
    consented_at: Date,
    opt_out: new Schema<OptOut>(
      {
        revoke: { type: Boolean, required: true },
        revoked_at: optionalDate,
        method: optionalText,
        reason: optionalText,
        revocation_id: optionalText,
        channels: { type: [String], default: undefined },
        requests: { type: [Schema.Types.Mixed], default: undefined } as never,
      },
      { _id: false },
    ),
    retained_until: optionalDate,
    session_retained_until: optionalDate,
    kept_until: Date,
    retention_requests: { type: Number, required: true, default: 0 },
    data: { type: String, required: true, default: 'full' },
    cleaned_at: optionalDate,
    cleanup_id: String,
    archive_id: String,
    recording_cleaned_at: Date,
    recording_archive_id: String,
    ledger_ref: String,
    ledger_salt: String,
    checked_by: { type: [String], default: undefined },
  },
  { versionKey: false },
);
addCertificateIndexes(schema);

export interface CertificateFilter {
  email_hashes?: string[] | undefined;
  mobile_hashes?: string[] | undefined;
  session_ids?: string[] | undefined;
  revoked?: boolean | undefined;
}

function certificateModel(connection: Connection) {
  return connection.model('Certificate', schema, 'certificates');
}
export type CertificateModel = ReturnType<typeof certificateModel>;

/** Certificates and their opt-out flags. */
export function certificateStore(connection: Connection) {
  const model = certificateModel(connection);
  const byCompany = (companyId: string, id: string) => ({ _id: id, company_id: companyId });
  return {
    ...cleaningQueries(connection),
    ...checkerQueries(connection),
    ...contactQueries(connection),
    ...erasingQueries(connection),
    ...revokingQueries(model),
    insert: async (certificate: Certificate, session?: Session) => {
      await model.create([certificate], { session });
    },
    find: (companyId: string, id: string, session?: Session) =>
      model
        .findOne(byCompany(companyId, id))
        .session(session ?? null)
        .lean()
        .exec(),
    /** Linearizable: the answer is no older than the call, even on a primary about to be deposed. */
    findLinearizable: (id: string) =>
      linearizably(connection, (options) =>
        model.collection.findOne<Certificate>({ _id: id } as object, options),
      ),
    /** The certificate of a session, by any of the names that the session may have. */
    findBySession: (companyId: string, sessionIds: string[], session?: Session) =>
      model
        .findOne({ company_id: companyId, session_id: { $in: sessionIds } })
        .session(session ?? null)
        .lean()
        .exec(),
    /** One read for the certificates of many checks. */
    findForChecks: (ids: string[], session: Session) =>
      model.collection
        .find<CheckedCertificate>({ _id: { $in: ids } } as object, {
          session,
          projection: {
            company_id: 1,
            origin: 1,
            // Their texts may be long, and few checks need them.
            'consents.type': 1,
            'consents.given_at': 1,
            'consents.match_hash': 1,
            opt_out: 1,
            data: 1,
            ledger_ref: 1,
            checked_by: 1,
          },
        })
        .toArray(),
    /** The consents of certificates with their texts, a few at a time. */
    withTexts: (ids: string[], session?: Session) =>
      model.collection
        .find<Pick<Certificate, '_id' | 'consents'>>({ _id: { $in: ids } } as object, {
          ...(session && { session }),
          projection: { consents: 1 },
        })
        .batchSize(TEXTS_READ_AT_ONCE),
    /** What the ledger calls certificates; those of earlier releases get a name first. */
    ledgerRefs: async (ids: string[], session: Session): Promise<Map<string, string>> => {
      const found = await model
        .find({ _id: { $in: ids } }, { ledger_ref: 1 })
        .session(session)
        .lean();
      const refs = new Map<string, string>();
      for (const { _id, ledger_ref } of found) {
        const named = ledger_ref === undefined ? newLedgerRef(_id) : { ledger_ref };
        refs.set(_id, named.ledger_ref);
        if (ledger_ref === undefined) await model.updateOne({ _id }, { $set: named }, { session });
      }
      return refs;
    },
    /** What ledger and log call certificates, tombstones included, and what opens it. */
    ledgerNames: async (ids: string[]): Promise<Map<string, LedgerName>> => {
      if (ids.length === 0) return new Map();
      const found = await model
        .find({ _id: { $in: ids }, ledger_ref: { $exists: true } })
        .select<{ _id: string } & LedgerName>({ ledger_ref: 1, ledger_salt: 1 })
        .lean();
      return new Map(found.map(({ _id, ...name }) => [_id, name]));
    },
    /** Names certificates that have no name yet, as those of earlier releases; safe to repeat. */
    nameInLedger: async (ids: string[]) => {
      if (ids.length === 0) return;
      const writes = ids.map((_id) => ({
        updateOne: {
          filter: { _id, ledger_ref: { $exists: false } },
          update: { $set: newLedgerRef(_id) },
        },
      }));
      await model.bulkWrite(writes, { ordered: false });
    },
    /** Counts one more retention of the certificate, unless it is revoked. */
    countRetention: async (companyId: string, id: string, session: Session) => {
      const result = await model.updateOne(
        { ...byCompany(companyId, id), 'opt_out.revoke': false },
        { $inc: { retention_requests: 1 } },
        { session },
      );
      return result.modifiedCount === 1;
    },
    /** Extends the time for which the certificate or its recording is kept; never shortens it. */
    retainUntil: async (
      companyId: string,
      id: string,
      field: 'retained_until' | 'session_retained_until',
      until: Date,
      session: Session,
    ) => {
      const result = await model.updateOne(
        byCompany(companyId, id),
        { $max: { [field]: until, kept_until: until } },
        { session },
      );
      return result.matchedCount === 1;
    },
    list: async (companyId: string, filter: CertificateFilter, page: PageRequest) => {
      const found = await model
        .find({
          company_id: companyId,
          ...(filter.email_hashes && { email_hash: { $in: filter.email_hashes } }),
          ...(filter.mobile_hashes && { mobile_hash: { $in: filter.mobile_hashes } }),
          ...(filter.session_ids && { session_id: { $in: filter.session_ids } }),
          ...(filter.revoked !== undefined && ofStatus(filter.revoked)),
          ...afterCursor('created_at', page.cursor),
        })
        .sort({ created_at: -1, _id: -1 })
        .limit(page.limit + 1)
        .lean();
      return toPage(found, page.limit, (item) => ({ at: item.created_at, id: item._id }));
    },
  };
}
