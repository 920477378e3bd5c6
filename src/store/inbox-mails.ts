// Collection `inbox_mails`; empty in production.
import { type Connection, Schema } from 'mongoose';
import type { Mail } from './mails';
import { text } from './schema-fields';

/** A mail that, on a machine for development, was put here instead of being sent. */
export interface InboxMail extends Pick<Mail, '_id' | 'sealed' | 'expires_at'> {
  kind: Exclude<Mail['kind'], 'reset_request'>;
  at: Date;
}

const schema = new Schema<InboxMail>(
  {
    _id: text,
    kind: text,
    sealed: text,
    at: { type: Date, required: true },
    expires_at: { type: Date, required: true },
  },
  { versionKey: false },
)
  .index({ expires_at: 1 }, { expireAfterSeconds: 0 })
  .index({ at: -1 });

const MAX_LISTED = 100;

/** Mails that a developer reads in the operator's pages. */
export function inboxMailStore(connection: Connection) {
  const model = connection.model('InboxMail', schema, 'inbox_mails');
  return {
    /** Once: a job that is done again changes nothing. */
    put: async ({ _id, ...mail }: InboxMail) => {
      await model.updateOne({ _id }, { $setOnInsert: mail }, { upsert: true });
    },
    /** The newest 100. */
    list: () => model.find().sort({ at: -1 }).limit(MAX_LISTED).lean().exec(),
    find: (id: string) => model.findById(id).lean().exec(),
  };
}
