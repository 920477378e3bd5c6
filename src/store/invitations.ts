// Collection `invitations`.
import { type Connection, Schema } from 'mongoose';
import type { User } from './accounts';
import { type Actor, actorSchema } from './actor';
import type { Session } from './connection';

/** A link by which a person sets a password, once; its secret is not stored. */
export interface Invitation {
  /** Hash of the link's secret. */
  _id: string;
  company_id: string;
  /** Whether it makes a new user or replaces a user's password. */
  kind: 'invitation' | 'reset';
  email: string;
  role: User['role'];
  /** Of the user whose password is replaced. */
  user_id: string | null;
  /** Absent in older ones. */
  made_by?: Actor | null;
  created_at: Date;
  expires_at: Date;
}

const schema = new Schema<Invitation>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    kind: { type: String, required: true },
    email: { type: String, required: true },
    role: { type: String, required: true },
    user_id: { type: String, default: null },
    made_by: { type: actorSchema, default: null },
    created_at: { type: Date, required: true },
    expires_at: { type: Date, required: true },
  },
  { versionKey: false },
)
  .index({ expires_at: 1 }, { expireAfterSeconds: 0 })
  .index({ company_id: 1, email: 1 });

/** Invitations and password resets that have not been used yet. */
export function invitationStore(connection: Connection) {
  const model = connection.model('Invitation', schema, 'invitations');
  return {
    insert: async (invitation: Invitation, session: Session) => {
      await model.create([invitation], { session });
    },
    find: (id: string, now: Date, session?: Session) =>
      model
        .findOne({ _id: id, expires_at: { $gt: now } })
        .session(session ?? null)
        .lean()
        .exec(),
    /** Removes and returns an invitation: of several calls at once exactly one gets it. */
    take: (id: string, now: Date, session: Session) =>
      model
        .findOneAndDelete({ _id: id, expires_at: { $gt: now } }, { session })
        .lean()
        .exec(),
    /** Those of a company that are still good, newest first, at most 1,000. */
    list: (companyId: string, now: Date) =>
      model
        .find({ company_id: companyId, expires_at: { $gt: now } })
        .sort({ created_at: -1 })
        .limit(1_000)
        .lean()
        .exec(),
    /** Withdraws one that is still good, and returns it. */
    cancel: (companyId: string, id: string, now: Date, session: Session) =>
      model
        .findOneAndDelete({ _id: id, company_id: companyId, expires_at: { $gt: now } }, { session })
        .lean()
        .exec(),
    /** Withdraws what a user has made. */
    deleteMadeBy: async (companyId: string, userId: string, session: Session) => {
      await model.deleteMany(
        { company_id: companyId, 'made_by.type': 'user', 'made_by.id': userId },
        { session },
      );
    },
    /** Withdraws the links by which a user's password could be replaced. */
    deleteResetsOf: async (companyId: string, userId: string, session: Session) => {
      await model.deleteMany({ company_id: companyId, user_id: userId }, { session });
    },
    /** Withdraws whatever this person was sent before. */
    deleteOf: async (companyId: string, email: string, session: Session) => {
      await model.deleteMany({ company_id: companyId, email }, { session });
    },
  };
}
