import type { ActorWords } from '../../../core/audit/name-actors';

/** Names of what acts for a company, in the audit log and in its export. */
export const actors: ActorWords = {
  token: { anybody: 'A token', named: (name) => `${name} (token)` },
  property: { anybody: 'A property', named: (name) => `${name} (property)` },
  api_key: { anybody: 'A key pair', named: (name) => `${name} (key pair)` },
  user: { anybody: 'A user', named: (name) => name },
  operator: { anybody: 'Operator', named: (name) => name },
  consumer: { anybody: 'Consumer', named: (name) => name },
  system: { anybody: 'Rescind', named: (name) => name },
};
