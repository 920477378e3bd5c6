// Collections `tokens`, `properties`, `api_keys`, `users`, `former_users` and `operators`: what people call them.
import { type Connection, Schema } from 'mongoose';
import { DAY_MS } from '../lib/durations';
import type { Actor } from './actor';
import { maxTime, type Session } from './connection';

/** Who is named in the audit log without being a user: removed, or invited only. */
export interface FormerUser {
  /** The id that they had; of who was invited, one of the invitation. */
  _id: string;
  company_id: string;
  email: string;
  /** For who was invited: when. */
  removed_at: Date;
}

/** An actor, and what people call it. */
export interface NamedActor {
  type: Actor['type'];
  id: string;
  name: string;
}

/** As long as claims about what they did may come up; then the audit log has only their id. */
const KEPT_MS = 1_827 * DAY_MS;

const schema = new Schema<FormerUser>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    email: { type: String, required: true },
    removed_at: { type: Date, required: true },
  },
  { versionKey: false },
)
  .index({ company_id: 1, removed_at: -1 })
  .index({ removed_at: 1 }, { expireAfterSeconds: KEPT_MS / 1_000 });

/** Of a client key, which is too long to read: its beginning and its end. */
const CUT_KEY = {
  $concat: [
    { $substrCP: ['$client_key', 0, 15] },
    '…',
    { $substrCP: ['$client_key', { $subtract: [{ $strLenCP: '$client_key' }, 4] }, 4] },
  ],
};

/** Where the names of each kind of actor are; a key pair may have no label. */
const PLACES = [
  { type: 'token', collection: 'tokens', name: '$label' },
  { type: 'property', collection: 'properties', name: '$name' },
  { type: 'api_key', collection: 'api_keys', name: { $ifNull: ['$label', CUT_KEY] } },
  { type: 'user', collection: 'users', name: '$email' },
  { type: 'user', collection: 'former_users', name: '$email' },
  // These are no company's: only `findAnywhere` finds them.
  { type: 'operator', collection: 'operators', name: '$email' },
] as const;
/** Of each kind. */
const MAX_LISTED = 1_000;

/** Names of what can act for a company, revoked and removed ones included. */
export function actorNameStore(connection: Connection) {
  const formerUsers = connection.model('FormerUser', schema, 'former_users');
  const read = async (filter: object): Promise<NamedActor[]> => {
    const found = await Promise.all(
      PLACES.map(async ({ type, collection, name }) => {
        const named = await connection
          .collection<{ _id: string }>(collection)
          .find(filter, maxTime(connection))
          .project<{ _id: string; name: string }>({ name })
          .limit(MAX_LISTED)
          .toArray();
        return named.map(({ _id, name }) => ({ type, id: _id, name }));
      }),
    );
    return found.flat();
  };
  return {
    /** Those of the ids that a company has or had. */
    find: (companyId: string, ids: string[]) =>
      ids.length === 0 ? Promise.resolve([]) : read({ _id: { $in: ids }, company_id: companyId }),
    /** The same, whosever they are. */
    findAnywhere: (ids: string[]) =>
      ids.length === 0 ? Promise.resolve([]) : read({ _id: { $in: ids } }),
    /** All of a company, at most 1,000 of each kind. */
    list: (companyId: string) => read({ company_id: companyId }),
    /** Keeps what a user who is removed, or somebody who is invited, was called. */
    keepFormerUser: async (user: FormerUser, session: Session) => {
      await formerUsers.create([user], { session });
    },
  };
}
