import { z } from 'zod';
import type { Caller, Context } from '../../context';
import { EMAIL_MAX_CHARACTERS, normalizeEmail } from '../identifiers/email';
import { newId } from '../../lib/random-ids';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';
import { hashPassword } from './password-hash';
import { assertHardToGuess } from './password-rules';
import { userView, type UserView } from './user-view';

const PASSWORD_MIN_CHARACTERS = 12;
const PASSWORD_MAX_CHARACTERS = 200;

/** A password as its user chooses it; `assertHardToGuess` judges more than its length. */
export const newPassword = z.string().min(PASSWORD_MIN_CHARACTERS).max(PASSWORD_MAX_CHARACTERS);

/** A person who is to choose a password through a link. */
export const newInvitation = z.object({
  email: z
    .string()
    .max(EMAIL_MAX_CHARACTERS)
    .transform((text, check) => {
      const email = normalizeEmail(text);
      if (email !== null) return email;
      check.addIssue('must be an email address');
      return z.NEVER;
    }),
  role: z.enum(['admin', 'viewer']),
});
export type NewInvitation = z.output<typeof newInvitation>;

const { email, role } = newInvitation.shape;

/** A person who is given a password to the dashboard. */
export const newUser = z.object({ email, password: newPassword, role });
export type NewUser = z.output<typeof newUser>;

/**
 * Adds a dashboard user to a company; the password is stored as a scrypt hash.
 * @throws AppError company_not_found; already_exists when the company has a user with this email;
 *   invalid_request naming `password`
 */
export async function addUser({
  ctx,
  companyId,
  caller,
  input,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  input: NewUser;
  completion?: Completion<UserView> | undefined;
}): Promise<UserView> {
  const { email, password, role } = input;
  assertHardToGuess({ password, email });
  const password_hash = await hashPassword(password);
  const id = newId('usr');
  const user = {
    _id: id,
    company_id: companyId,
    email,
    password_hash,
    role,
    created_at: ctx.now(),
  };
  return changeCompany({
    ctx,
    companyId,
    caller,
    completion,
    entry: { action: 'user.created', entryId: `user.created:${id}` },
    change: async (session) => {
      await ctx.store.accounts.insertUser(user, session);
      return userView(user, false);
    },
  });
}
