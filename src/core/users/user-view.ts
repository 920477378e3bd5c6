import type { User } from '../../store/accounts';

/** A dashboard user as it goes over the wire. */
export interface UserView {
  user_id: string;
  email: string;
  role: User['role'];
  two_step_enabled: boolean;
  /** ISO 8601. */
  created_at: string;
}

/**
 * Translates a stored user; the hash of the password stays inside.
 * @param twoStep whether they have two-step sign-in on
 */
export function userView(
  { _id, email, role, created_at }: Omit<User, 'password_hash'>,
  twoStep: boolean,
): UserView {
  return {
    user_id: _id,
    email,
    role,
    two_step_enabled: twoStep,
    created_at: created_at.toISOString(),
  };
}
