import type { Operator } from '../../store/operators';
import type { Account } from '../accounts/account';

/** The account of a named operator. */
export function operatorAccount({ _id, email }: Pick<Operator, '_id' | 'email'>): Account {
  return { kind: 'operator', id: _id, email, companyId: null, timeZone: null };
}
