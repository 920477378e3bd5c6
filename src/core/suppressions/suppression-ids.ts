import type { Context } from '../../context';
import { suppressionId } from '../../store/suppressions';
import type { PersonDigest } from '../identifiers/digests';

/** Whose opt-outs are meant. */
export interface Whose {
  ctx: Context;
  digests: PersonDigest[];
}

/**
 * What an opt-out is remembered under: an id for each identifier, by the newest key.
 * @param companyId null: the whole service
 */
export function idsToRemember({
  ctx,
  digests,
  companyId,
}: Whose & { companyId: string | null }): string[] {
  return digests.map(({ kind, sha256 }) =>
    suppressionId(companyId, ctx.identifiers.ofSha256(kind, sha256)),
  );
}

/** The hashes of people, by every key, under one of which an opt-out may be remembered. */
export function hashesOf({ ctx, digests }: Whose): string[] {
  return digests.flatMap(({ kind, sha256 }) => ctx.identifiers.allOfSha256(kind, sha256));
}

/** What opt-outs of people with these hashes are remembered under that are a company's own. */
export function ownIds(companyId: string, hashes: string[]): string[] {
  return hashes.map((hash) => suppressionId(companyId, hash));
}

/** The same of all that a company has to heed: its own, and those for the whole service. */
export function idsToHeed(companyId: string, hashes: string[]): string[] {
  return hashes.flatMap((hash) => [suppressionId(companyId, hash), suppressionId(null, hash)]);
}
