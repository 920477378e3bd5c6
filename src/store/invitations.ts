// Collection `invitations`.
import { type Connection, Schema } from 'mongoose';
import type { User } from './accounts';
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
    find: (id: string, now: Date) =>
      model
        .findOne({ _id: id, expires_at: { $gt: now } })
        .lean()
        .exec(),
    /** Removes and returns an invitation: of several calls at once exactly one gets it. */
    take: (id: string, now: Date, session: Session) =>
      model
        .findOneAndDelete({ _id: id, expires_at: { $gt: now } }, { session })
        .lean()
        .exec(),
    /** Withdraws whatever this person was sent before. */
    deleteOf: async (companyId: string, email: string, session: Session) => {
      await model.deleteMany({ company_id: companyId, email }, { session });
    },
  };
}
