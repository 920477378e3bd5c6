import type { User } from '../../store/accounts';
import type { Account } from '../accounts/account';

/** The account of a user of a company. */
export function userAccount({
  _id,
  company_id,
  email,
  time_zone = null,
}: Pick<User, '_id' | 'company_id' | 'email' | 'time_zone'>): Account {
  return { kind: 'user', id: _id, email, companyId: company_id, timeZone: time_zone };
}
