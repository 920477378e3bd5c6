import type { Caller, Context } from '../../context';
import { hashSecret } from '../../lib/random-ids';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';
import { apiKeyView, type ApiKeyView } from './api-key-view';
import { assertInFuture } from './assert-in-future';
import { madeByForm, minting } from '../idempotency/made-by-form';

/** A new key pair; its secret is never shown again. */
export interface CreatedApiKey extends ApiKeyView {
  secret_key: string;
}

/** What a new key pair is to be. */
export interface NewApiKey {
  label?: string | null | undefined;
  /** Null or absent: does not expire. */
  expires_at?: Date | null | undefined;
}

/**
 * Creates a key pair of a company for the Attestr and Baanx dialects. The secret is returned once
 * and stored only as a hash.
 * @param operationId names the form it was asked for with: a repeat gets the same pair for 10 minutes
 * @throws AppError company_not_found; invalid_request for an `expires_at` that is not in the future;
 *   already_exists for a later repeat
 */
export async function createApiKey({
  ctx,
  companyId,
  caller,
  input = {},
  operationId,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  input?: NewApiKey | undefined;
  operationId?: string | undefined;
  completion?: Completion<CreatedApiKey> | undefined;
}): Promise<CreatedApiKey> {
  const { label = null, expires_at = null } = input;
  const now = ctx.now();
  assertInFuture(expires_at, now);
  const minted = minting({ ctx, companyId, operationId, input });
  const id = minted.id('key');
  const [client_key, secret_key] = [minted.secret('rescind_ck'), minted.secret('rescind_sk')];
  const made = (created_at: Date): CreatedApiKey => ({
    ...apiKeyView({ _id: id, company_id: companyId, client_key, label, created_at, expires_at }),
    secret_key,
  });
  const make = () =>
    changeCompany({
      ctx,
      companyId,
      caller,
      completion,
      entry: { action: 'api_key.created', entryId: `api_key.created:${id}` },
      change: async (session) => {
        const stored = { _id: id, company_id: companyId, client_key, label };
        const times = { created_at: now, expires_at, revoked_at: null };
        const secret_hash = hashSecret(secret_key);
        await ctx.store.credentials.insertApiKey({ ...stored, ...times, secret_hash }, session);
        return made(now);
      },
    });
  const findMade = async () => {
    const keys = await ctx.store.credentials.listApiKeys(companyId);
    return keys.find(({ _id }) => _id === id)?.created_at;
  };
  return madeByForm({ ctx, operationId, make, findMade, again: made });
}
