import type { Caller, Context } from '../../context';
import { hashSecret } from '../../lib/random-ids';
import { assertInFuture } from './assert-in-future';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';
import type { TokenLimits } from '../../store/credentials';
import { madeByForm, minting } from '../idempotency/made-by-form';
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
 * @param operationId names the form it was asked for with: a repeat gets the same token for 10 minutes
 * @throws AppError company_not_found; invalid_request for an `expires_at` that is not in the future;
 *   already_exists for a later repeat
 */
export async function createToken({
  ctx,
  companyId,
  caller,
  input,
  operationId,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  input: NewToken;
  operationId?: string | undefined;
  completion?: Completion<CreatedToken> | undefined;
}): Promise<CreatedToken> {
  const { label, expires_at = null, limits } = input;
  const scopes = scopesOf({ scopes: input.scopes ?? [...SCOPES] });
  const created_at = ctx.now();
  assertInFuture(expires_at, created_at);
  const minted = minting({ ctx, companyId, operationId, input });
  const [id, secret] = [minted.id('tok'), minted.secret('rescind_tok')];
  const token = { label, scopes, ...(limits && { limits }) };
  const made = (at: Date): CreatedToken => ({
    token_id: id,
    token: secret,
    expires_at: expires_at?.toISOString() ?? null,
    created_at: at.toISOString(),
    ...token,
  });
  const make = () =>
    changeCompany({
      ctx,
      companyId,
      caller,
      completion,
      entry: { action: 'token.created', entryId: `token.created:${id}` },
      change: async (session) => {
        const stored = { _id: id, company_id: companyId, secret_hash: hashSecret(secret) };
        const times = { created_at, expires_at, revoked_at: null };
        await ctx.store.credentials.insertToken({ ...stored, ...times, ...token }, session);
        return made(created_at);
      },
    });
  const findMade = async () => {
    const tokens = await ctx.store.credentials.listTokens(companyId);
    return tokens.find(({ _id }) => _id === id)?.created_at;
  };
  return madeByForm({ ctx, operationId, make, findMade, again: made });
}
