// Collection `mails`.
import { type Connection, Schema } from 'mongoose';
import type { Session } from './connection';
import { pendingQueries, TO_ENQUEUE } from './pending';
import { optionalDate, optionalText, text } from './schema-fields';

/** A mail that is to be sent. It is removed once it has been, or need not be any more. */
export interface Mail {
  _id: string;
  /** `reset_request` becomes mails once it is known whether there is an account. */
  kind: 'code' | 'invitation' | 'reset' | 'reset_request' | 'notice' | 'receipt';
  /** Whose it is; null for one to a consumer or an operator, who are no company's. */
  company_id: string | null;
  /** The link that it brings: without it there is nothing to send. */
  invitation_id: string | null;
  /** Recipient, subject and text, see `sealMail`; all that is personal is in here. */
  sealed: string;
  requested_at: Date;
  /** From then on it is neither sent nor kept. */
  expires_at: Date;
  enqueued_at: Date | null;
}

const schema = new Schema<Mail>(
  {
    _id: text,
    kind: text,
    company_id: optionalText,
    invitation_id: optionalText,
    sealed: text,
    requested_at: { type: Date, required: true },
    expires_at: { type: Date, required: true },
    enqueued_at: optionalDate,
  },
  { versionKey: false },
)
  .index({ expires_at: 1 }, { expireAfterSeconds: 0 })
  // Whatever is in the collection is pending.
  .index({ requested_at: 1 }, { name: 'pending' })
  .index(TO_ENQUEUE, { name: 'to_enqueue' });

/** Mails that wait to be sent. */
export function mailStore(connection: Connection) {
  const model = connection.model('Mail', schema, 'mails');
  return {
    insert: async (mail: Mail, session: Session) => {
      await model.create([mail], { session });
    },
    find: (id: string) => model.findById(id).lean().exec(),
    /** Removes one in a transaction; false when it is gone: of several calls exactly one takes it. */
    take: async (id: string, session: Session) => {
      const { deletedCount } = await model.deleteOne({ _id: id }, { session });
      return deletedCount === 1;
    },
    remove: async (id: string) => {
      await model.deleteOne({ _id: id });
    },
    ...pendingQueries(connection, 'mails', {}, '_id'),
  };
}
