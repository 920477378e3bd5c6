import type { User } from '../../store/accounts';

/** A dashboard user as it goes over the wire. */
export interface UserView {
  user_id: string;
  email: string;
  role: User['role'];
  /** ISO 8601. */
  created_at: string;
}

/** Translates a stored user; the hash of the password stays inside. */
export function userView({ _id, email, role, created_at }: Omit<User, 'password_hash'>): UserView {
  return { user_id: _id, email, role, created_at: created_at.toISOString() };
}
