import type { Caller, Context } from '../../context';
import { hashSecret, newId, newSecret } from '../../lib/random-ids';
import { assertInFuture } from './assert-in-future';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';
import type { TokenLimits } from '../../store/credentials';
import { type Scope, SCOPES, scopesOf } from './scopes';

/** A new token; its secret is never shown again. */
export interface CreatedToken {
  token_id: string;
  /** The secret. */
  token: string;
  label: string;
  /** ISO 8601; null: does not expire. */
  expires_at: string | null;
  /** ISO 8601. */
  created_at: string;
  scopes: Scope[];
  limits?: TokenLimits;
}

/** What a new token is to be. */
export interface NewToken {
  label: string;
  expires_at?: Date | null | undefined;
  /** Default: all. */
  scopes?: Scope[] | undefined;
  limits?: TokenLimits | undefined;
}

/**
 * Creates a Bearer token of a company. Its secret is returned once and stored only as a hash.
 * @throws AppError company_not_found; invalid_request for an `expires_at` that is not in the future
 */
export async function createToken({
  ctx,
  companyId,
  caller,
  input,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  input: NewToken;
  completion?: Completion<CreatedToken> | undefined;
}): Promise<CreatedToken> {
  const { label, expires_at = null, limits } = input;
  const scopes = scopesOf({ scopes: input.scopes ?? [...SCOPES] });
  const created_at = ctx.now();
  assertInFuture(expires_at, created_at);
  const [id, secret] = [newId('tok'), newSecret('rescind_tok')];
  return changeCompany({
    ctx,
    companyId,
    caller,
    completion,
    entry: { action: 'token.created', entryId: `token.created:${id}` },
    change: async (session) => {
      await ctx.store.credentials.insertToken(
        {
          _id: id,
          company_id: companyId,
          secret_hash: hashSecret(secret),
          label,
          created_at,
          expires_at,
          revoked_at: null,
          scopes,
          ...(limits && { limits }),
        },
        session,
      );
      return {
        token_id: id,
        token: secret,
        label,
        expires_at: expires_at?.toISOString() ?? null,
        created_at: created_at.toISOString(),
        scopes,
        ...(limits && { limits }),
      };
    },
  });
}
