import { type Scope, SCOPES } from '../../store/credentials';

export { type Scope, SCOPES };

/** What a token from before there were scopes could be used for. */
const BEFORE_SCOPES: readonly Scope[] = [
  'verify',
  'retain',
  'certificates',
  'revoke',
  'audit',
  'wallet',
];

/** The scopes of a token, in the order of `SCOPES`. */
export function scopesOf({ scopes = [...BEFORE_SCOPES] }: { scopes?: Scope[] }): Scope[] {
  return SCOPES.filter((scope) => scopes.includes(scope));
}
