import type { Context } from '../../context';

/**
 * Counts how many of these certificates a company has, and how many of them are revoked.
 * @param certificateIds at most 10,000
 */
export function countCertificates({
  ctx,
  companyId,
  certificateIds,
}: {
  ctx: Context;
  companyId: string;
  certificateIds: string[];
}): Promise<{ known: number; revoked: number }> {
  return ctx.store.certificateSearch.countAmong(companyId, certificateIds);
}
