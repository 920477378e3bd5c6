// Collections `operators` and `operator_links`.
import { type Connection, Schema } from 'mongoose';
import { DAY_MS } from '../lib/durations';
import type { PasswordNotice } from './accounts';
import { type Actor, actorSchema } from './actor';
import type { Session } from './connection';
import { optionalDate, optionalText, text } from './schema-fields';

/** A person who may sign in to the operator's pages. */
export interface Operator {
  _id: string;
  email: string;
  role: 'admin' | 'viewer';
  /** `scrypt$N$r$p$salt$hash`, base64url; null until they have followed their link. */
  password_hash: string | null;
  created_at: Date;
  /** Wrong passwords without a day between; absent: none. */
  wrong_passwords?: { count: number; until: Date };
  /** What they have not been shown, or not put away, yet. */
  password_notice?: PasswordNotice | null;
  /** Who is removed stays here for a while, to be named in the audit. */
  removed_at: Date | null;
}

/** A link by which an operator sets a password, once; its secret is not stored. */
export interface OperatorLink {
  /** Hash of the link's secret. */
  _id: string;
  operator_id: string;
  /** Whether it sets the first password or replaces one. */
  kind: 'invitation' | 'reset';
  made_by: Actor;
  created_at: Date;
  expires_at: Date;
}

/** As long as former users of companies; then the audit has only their id. */
const KEPT_MS = 1_827 * DAY_MS;

const operatorSchema = new Schema<Operator>(
  {
    _id: text,
    email: text,
    role: text,
    password_hash: optionalText,
    created_at: { type: Date, required: true },
    wrong_passwords: Schema.Types.Mixed,
    password_notice: Schema.Types.Mixed,
    removed_at: optionalDate,
  },
  { versionKey: false },
)
  .index({ email: 1 }, { unique: true, partialFilterExpression: { removed_at: null } })
  .index({ removed_at: 1 }, { expireAfterSeconds: KEPT_MS / 1_000 });

const linkSchema = new Schema<OperatorLink>(
  {
    _id: text,
    operator_id: text,
    kind: text,
    made_by: { type: actorSchema, required: true },
    created_at: { type: Date, required: true },
    expires_at: { type: Date, required: true },
  },
  { versionKey: false },
)
  .index({ expires_at: 1 }, { expireAfterSeconds: 0 })
  .index({ operator_id: 1 });

const MAX_OPERATORS = 1_000;
/** Who is there, and not removed. */
const PRESENT = { removed_at: null } as const;

/** Named operators, and the links by which they set their passwords. */
export function operatorStore(connection: Connection) {
  const operators = connection.model('Operator', operatorSchema, 'operators');
  const links = connection.model('OperatorLink', linkSchema, 'operator_links');
  return {
    insert: async (operator: Operator, session: Session) => {
      await operators.create([operator], { session });
    },
    find: (id: string, session?: Session) =>
      operators
        .findOne({ _id: id, ...PRESENT })
        .session(session ?? null)
        .lean()
        .exec(),
    findByEmail: (email: string) =>
      operators
        .findOne({ email, ...PRESENT })
        .lean()
        .exec(),
    /** Oldest first, at most 1,000. */
    list: () => operators.find(PRESENT).sort({ created_at: 1 }).limit(MAX_OPERATORS).lean().exec(),
    /** What those were called who have or had these ids. */
    names: (ids: string[]) =>
      operators
        .find({ _id: { $in: ids } }, { email: 1 })
        .lean<Pick<Operator, '_id' | 'email'>[]>()
        .exec(),
    /** Everybody who was ever there, newest first, at most 1,000: the audit names them. */
    everybody: () =>
      operators
        .find({}, { email: 1, removed_at: 1 })
        .sort({ created_at: -1 })
        .limit(MAX_OPERATORS)
        .lean<Pick<Operator, '_id' | 'email' | 'removed_at'>[]>()
        .exec(),
    /** Sets the password and puts the notice away; false when there is no such operator. */
    setPassword: async (id: string, hash: string, session: Session) => {
      const result = await operators.updateOne(
        { _id: id, ...PRESENT },
        { $set: { password_hash: hash, password_notice: null } },
        { session },
      );
      return result.matchedCount === 1;
    },
    /** Takes the password away and marks as removed; returns whom, null: nobody. */
    remove: (id: string, at: Date, session: Session) =>
      operators
        .findOneAndUpdate(
          { _id: id, ...PRESENT },
          {
            $set: { removed_at: at, password_hash: null },
            $unset: { wrong_passwords: 1, password_notice: 1 },
          },
          { session },
        )
        .lean()
        .exec(),
    /** Counts a wrong password; after `forgottenAfterMs` without any the count begins anew. */
    countWrongPassword: async (id: string, now: Date, forgottenAfterMs: number) => {
      const going = { $gt: ['$wrong_passwords.until', now] };
      const count = { $cond: [going, { $add: ['$wrong_passwords.count', 1] }, 1] };
      const until = new Date(now.getTime() + forgottenAfterMs);
      const operator = await operators
        .findOneAndUpdate(
          { _id: id, ...PRESENT },
          [{ $set: { wrong_passwords: { count, until } } }],
          { returnDocument: 'after', updatePipeline: true },
        )
        .lean()
        .exec();
      return operator?.wrong_passwords?.count ?? 0;
    },
    /** Sets or, with null, puts away the notice for an operator. */
    setPasswordNotice: async (id: string, notice: PasswordNotice | null, session?: Session) => {
      await operators.updateOne({ _id: id }, { $set: { password_notice: notice } }, { session });
    },
    insertLink: async (link: OperatorLink, session: Session) => {
      await links.create([link], { session });
    },
    findLink: (id: string, now: Date, session?: Session) =>
      links
        .findOne({ _id: id, expires_at: { $gt: now } })
        .session(session ?? null)
        .lean()
        .exec(),
    /** Removes and returns a link: of several calls at once exactly one gets it. */
    takeLink: (id: string, now: Date, session: Session) =>
      links
        .findOneAndDelete({ _id: id, expires_at: { $gt: now } }, { session })
        .lean()
        .exec(),
    /** When the link of each operator expires that has one which is still good. */
    linkExpiries: (now: Date) =>
      links
        .find({ expires_at: { $gt: now } }, { _id: 0, operator_id: 1, expires_at: 1 })
        .limit(MAX_OPERATORS)
        .lean<Pick<OperatorLink, 'operator_id' | 'expires_at'>[]>()
        .exec(),
    /** Withdraws the links for an operator. */
    deleteLinksFor: async (operatorId: string, session: Session) => {
      await links.deleteMany({ operator_id: operatorId }, { session });
    },
    /** Withdraws the links that an operator has made. */
    deleteLinksBy: async (operatorId: string, session: Session) => {
      await links.deleteMany({ 'made_by.id': operatorId }, { session });
    },
  };
}
