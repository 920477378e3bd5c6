import type { Caller, Context } from '../../context';
import { hashSecret, newId, newSecret } from '../../lib/random-ids';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';
import { apiKeyView, type ApiKeyView } from './api-key-view';
import { assertInFuture } from './assert-in-future';

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
 * @throws AppError company_not_found; invalid_request for an `expires_at` that is not in the future
 */
export async function createApiKey({
  ctx,
  companyId,
  caller,
  input = {},
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  input?: NewApiKey | undefined;
  completion?: Completion<CreatedApiKey> | undefined;
}): Promise<CreatedApiKey> {
  const { label = null, expires_at = null } = input;
  const created_at = ctx.now();
  assertInFuture(expires_at, created_at);
  const id = newId('key');
  const [client_key, secret_key] = [newSecret('rescind_ck'), newSecret('rescind_sk')];
  const key = { _id: id, company_id: companyId, client_key, label, created_at, expires_at };
  return changeCompany({
    ctx,
    companyId,
    caller,
    completion,
    entry: { action: 'api_key.created', entryId: `api_key.created:${id}` },
    change: async (session) => {
      const secret_hash = hashSecret(secret_key);
      await ctx.store.credentials.insertApiKey({ ...key, secret_hash, revoked_at: null }, session);
      return { ...apiKeyView(key), secret_key };
    },
  });
}
