// Collections `portal_requests` and `portal_codes`.
import { type Connection, Schema } from 'mongoose';
import { DAY_MS } from '../lib/durations';
import type { Session } from './connection';

/**
 * What a consumer asked for on the portal, under the reference number that they were given. Names
 * the companies whose revocations belong to it; their audit entries name the reference.
 */
export interface PortalRequest {
  /** The reference number. */
  _id: string;
  requested_at: Date;
  /** The kind of identifier the consumer gave; its value is not kept. */
  identifier: 'email' | 'mobile' | 'certificate_id';
  scope: 'all' | 'company' | 'chosen';
  company_ids: string[];
  /** The browser sent Sec-GPC: 1. */
  gpc: boolean;
  /** It is remembered for the whole service; absent: at these companies only. */
  everywhere?: boolean;
}

/** A code that was sent; entering it proves that it was received. */
export interface PortalCode {
  /** The id of the request that it was sent for. */
  _id: string;
  code_hash: string;
  tries: number;
  expires_at: Date;
}

/** As long as a consumer may have to prove what they asked for. */
const KEPT_MS = 1_827 * DAY_MS;

const requestSchema = new Schema<PortalRequest>(
  {
    _id: { type: String, required: true },
    requested_at: { type: Date, required: true },
    identifier: { type: String, required: true },
    scope: { type: String, required: true },
    company_ids: { type: [String], required: true },
    gpc: { type: Boolean, required: true },
    everywhere: Boolean,
  },
  { versionKey: false },
).index({ requested_at: 1 }, { expireAfterSeconds: KEPT_MS / 1_000 });

const codeSchema = new Schema<PortalCode>(
  {
    _id: { type: String, required: true },
    code_hash: { type: String, required: true },
    tries: { type: Number, required: true },
    expires_at: { type: Date, required: true },
  },
  { versionKey: false },
).index({ expires_at: 1 }, { expireAfterSeconds: 0 });

/** Requests and codes of the consumer's portal. */
export function portalStore(connection: Connection) {
  const requests = connection.model('PortalRequest', requestSchema, 'portal_requests');
  const codes = connection.model('PortalCode', codeSchema, 'portal_codes');
  return {
    findRequest: (reference: string) => requests.findById(reference).lean().exec(),
    recordRequest: async (request: PortalRequest, session?: Session) => {
      await requests.create([request], { ...(session && { session }) });
    },
    insertCode: async (code: PortalCode, session: Session) => {
      await codes.create([code], { session });
    },
    /** Counts a try, and returns the code; null when its tries are used up or it has expired. */
    useTry: (id: string, maxTries: number, now: Date) =>
      codes
        .findOneAndUpdate(
          { _id: id, tries: { $lt: maxTries }, expires_at: { $gt: now } },
          { $inc: { tries: 1 } },
          { returnDocument: 'after' },
        )
        .lean()
        .exec(),
    removeCode: async (id: string) => {
      await codes.deleteOne({ _id: id });
    },
  };
}
