import type { Context } from '../../context';
import type { TokenLimits } from '../../store/credentials';
import { type Scope, scopesOf } from './scopes';

/** A Bearer token as people see it: never its secret. */
export interface TokenView {
  token_id: string;
  label: string;
  /** Times in ISO 8601. */
  created_at: string;
  /** To the minute; null: not used yet. */
  last_used_at: string | null;
  /** Null: does not expire. */
  expires_at: string | null;
  scopes: Scope[];
  /** Absent: only the company's limits apply. */
  limits?: TokenLimits;
}

/** The tokens of a company that are not revoked, newest first, at most 1,000. */
export async function listTokens({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<TokenView[]> {
  const tokens = await ctx.store.credentials.listTokens(companyId);
  return tokens.map(({ _id, label, created_at, last_used_at, expires_at, scopes, limits }) => ({
    token_id: _id,
    label,
    created_at: created_at.toISOString(),
    last_used_at: last_used_at?.toISOString() ?? null,
    expires_at: expires_at?.toISOString() ?? null,
    scopes: scopesOf(scopes ? { scopes } : {}),
    ...(limits && { limits }),
  }));
}
