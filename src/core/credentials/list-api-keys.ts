import type { Context } from '../../context';
import { apiKeyView, type ApiKeyView } from './api-key-view';

/** The key pairs of a company that are not revoked, newest first, at most 1,000. */
export async function listApiKeys({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<ApiKeyView[]> {
  return (await ctx.store.credentials.listApiKeys(companyId)).map(apiKeyView);
}
