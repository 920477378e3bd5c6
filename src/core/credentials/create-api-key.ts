import type { Caller, Context } from '../../context';
import { hashSecret, newId, newSecret } from '../../lib/random-ids';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';

/** A new key pair; its secret is never shown again. */
export interface CreatedApiKey {
  api_key_id: string;
  client_key: string;
  secret_key: string;
  /** ISO 8601. */
  created_at: string;
}

/**
 * Creates a key pair of a company for the Attestr and Baanx dialects. The secret is returned once
 * and stored only as a hash.
 * @throws AppError company_not_found
 */
export function createApiKey({
  ctx,
  companyId,
  caller,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  completion?: Completion<CreatedApiKey> | undefined;
}): Promise<CreatedApiKey> {
  const id = newId('key');
  const [client_key, secret_key] = [newSecret('rescind_ck'), newSecret('rescind_sk')];
  const created_at = new Date();
  return changeCompany({
    ctx,
    companyId,
    caller,
    completion,
    entry: { action: 'api_key.created', entryId: `api_key.created:${id}` },
    change: async (session) => {
      const secret_hash = hashSecret(secret_key);
      await ctx.store.credentials.insertApiKey(
        { _id: id, company_id: companyId, client_key, secret_hash, created_at },
        session,
      );
      return { api_key_id: id, client_key, secret_key, created_at: created_at.toISOString() };
    },
  });
}
