import type { Operator } from '../../store/operators';

/** A named operator as they go over the wire. */
export interface OperatorView {
  operator_id: string;
  email: string;
  role: Operator['role'];
  /** Invited until they have chosen a password. */
  state: 'invited' | 'active';
  /** ISO 8601. */
  created_at: string;
}

/** Translates a stored operator; the hash of the password stays inside. */
export function operatorView(operator: Operator): OperatorView {
  const { _id, email, role, password_hash, created_at } = operator;
  return {
    operator_id: _id,
    email,
    role,
    state: password_hash === null ? 'invited' : 'active',
    created_at: created_at.toISOString(),
  };
}
