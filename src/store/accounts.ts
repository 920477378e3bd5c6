// Collections `users` and `legal_holds`.
import { type Connection, Schema } from 'mongoose';
import type { Session } from './connection';

/** A person who may sign in to a company's dashboard. */
export interface User {
  _id: string;
  company_id: string;
  email: string;
  /** `scrypt$N$r$p$salt$hash`, base64url. */
  password_hash: string;
  role: 'admin' | 'viewer';
  created_at: Date;
  /** Wrong passwords without a day between; absent: none. */
  wrong_passwords?: { count: number; until: Date };
  /** What the person has not been shown, or not put away, yet. */
  password_notice?: PasswordNotice | null;
  /** In which they see times; null or absent: that of their browser. */
  time_zone?: string | null;
}

/** That many wrong passwords, or wrong codes after the right one, were entered for somebody's account. */
export interface PasswordNotice {
  /** Absent: passwords. */
  kind?: 'codes';
  at: Date;
  /** Where the last one came from. */
  ip: string;
  count: number;
}

/** Stops every clean-up of what it covers until it is lifted. */
export interface LegalHold {
  /** `<company>:all`, `<company>:user:<id>` or `<company>:certificate:<id>`. */
  _id: string;
  company_id: string;
  scope: 'all' | 'user' | 'certificate';
  subject_id: string | null;
  reason: string;
  placed_at: Date;
}

const userSchema = new Schema<User>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    email: { type: String, required: true },
    password_hash: { type: String, required: true },
    role: { type: String, required: true },
    created_at: { type: Date, required: true },
    wrong_passwords: Schema.Types.Mixed,
    password_notice: Schema.Types.Mixed,
    time_zone: String,
  },
  { versionKey: false },
)
  .index({ email: 1, company_id: 1 }, { unique: true })
  .index({ company_id: 1, created_at: 1 });

const holdSchema = new Schema<LegalHold>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    scope: { type: String, required: true },
    subject_id: { type: String, default: null },
    reason: { type: String, required: true },
    placed_at: { type: Date, required: true },
  },
  { versionKey: false },
).index({ company_id: 1, placed_at: -1 });

const MAX_ACCOUNTS_PER_EMAIL = 20;

/** Dashboard users and legal holds. */
export function accountStore(connection: Connection) {
  const users = connection.model('User', userSchema, 'users');
  const holds = connection.model('LegalHold', holdSchema, 'legal_holds');
  return {
    insertUser: async (user: User, session?: Session) => {
      await users.create([user], { session });
    },
    /**
     * The accounts of an email, at most one for each company; oldest first, at most 20.
     * @param emails the forms that one address may be stored in
     */
    usersByEmail: (emails: string[]) =>
      users
        .find({ email: { $in: emails } })
        .sort({ created_at: 1 })
        .limit(MAX_ACCOUNTS_PER_EMAIL)
        .lean()
        .exec(),
    /** @param emails the forms that one address may be stored in */
    findUserByEmail: (companyId: string, emails: string[]) =>
      users
        .findOne({ email: { $in: emails }, company_id: companyId })
        .lean()
        .exec(),
    /** Counts a wrong password; after `forgottenAfterMs` without any the count begins anew. */
    countWrongPassword: async (id: string, now: Date, forgottenAfterMs: number) => {
      const going = { $gt: ['$wrong_passwords.until', now] };
      const count = { $cond: [going, { $add: ['$wrong_passwords.count', 1] }, 1] };
      const until = new Date(now.getTime() + forgottenAfterMs);
      const user = await users
        .findOneAndUpdate({ _id: id }, [{ $set: { wrong_passwords: { count, until } } }], {
          returnDocument: 'after',
          updatePipeline: true,
        })
        .lean()
        .exec();
      return user?.wrong_passwords?.count ?? 0;
    },
    /** Sets or, with null, puts away the notice for a person. */
    setPasswordNotice: async (id: string, notice: PasswordNotice | null, session?: Session) => {
      await users.updateOne({ _id: id }, { $set: { password_notice: notice } }, { session });
    },
    /** @param timeZone null: that of the browser */
    setTimeZone: async (companyId: string, id: string, timeZone: string | null) => {
      await users.updateOne({ _id: id, company_id: companyId }, { $set: { time_zone: timeZone } });
    },
    findUser: (companyId: string, id: string, session?: Session) =>
      users
        .findOne({ _id: id, company_id: companyId })
        .session(session ?? null)
        .lean()
        .exec(),
    /** Users of a company, oldest first, at most 1,000. */
    listUsers: (companyId: string) =>
      users.find({ company_id: companyId }).sort({ created_at: 1 }).limit(1_000).lean().exec(),
    /** Replaces the password; false when there is no such user. */
    setPassword: async (companyId: string, id: string, hash: string, session: Session) => {
      const result = await users.updateOne(
        { _id: id, company_id: companyId },
        { $set: { password_hash: hash } },
        { session },
      );
      return result.matchedCount === 1;
    },
    /** Replaces the role, and returns what there was; null: there is no such user. */
    setRole: (companyId: string, id: string, role: User['role'], session: Session) =>
      users
        .findOneAndUpdate({ _id: id, company_id: companyId }, { $set: { role } }, { session })
        .lean()
        .exec(),
    /** Deletes a user and returns what there was; null: nobody. */
    deleteUser: (companyId: string, id: string, session: Session) =>
      users.findOneAndDelete({ _id: id, company_id: companyId }, { session }).lean().exec(),
    /** Places the hold, or replaces the reason of an existing one. */
    placeHold: async (hold: LegalHold, session?: Session) => {
      const { _id, reason, ...rest } = hold;
      await holds.updateOne(
        { _id },
        { $set: { reason }, $setOnInsert: rest },
        { upsert: true, session },
      );
    },
    findHold: (id: string) => holds.findById(id).lean().exec(),
    liftHold: async (id: string, session?: Session) => {
      const result = await holds.deleteOne({ _id: id }, { session });
      return result.deletedCount === 1;
    },
    /** What a company's holds cover. */
    holdSubjects: (companyId: string, session?: Session) =>
      holds
        .find({ company_id: companyId }, { _id: 0, scope: 1, subject_id: 1 })
        .session(session ?? null)
        .lean<Pick<LegalHold, 'scope' | 'subject_id'>[]>()
        .exec(),
    listHolds: (companyId: string) =>
      holds.find({ company_id: companyId }).sort({ placed_at: -1 }).limit(1_000).lean().exec(),
  };
}
