// Collection `operator_sessions`.
import type { Connection } from 'mongoose';
import { type AccountSession, accountSessionStore } from './account-sessions';
import { optionalText } from './schema-fields';

/** A session of the operator's pages. */
export interface OperatorSession extends AccountSession {
  /** Null: whoever has the operator token. */
  operator_id: string | null;
  /** Keyed hash of that token: the session ends when the token changes. */
  token_hash: string | null;
}

/** Sessions of the operator's pages. */
export function operatorSessionStore(connection: Connection) {
  return accountSessionStore<OperatorSession>(connection, {
    name: 'OperatorSession',
    collection: 'operator_sessions',
    owner: 'operator_id',
    more: { operator_id: optionalText, token_hash: optionalText },
  });
}
