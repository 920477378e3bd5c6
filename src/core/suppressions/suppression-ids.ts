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

/** What opt-outs of a person may be remembered under that a company has to heed: its own, by every key. */
export function ownIds({ ctx, digests, companyId }: Whose & { companyId: string }): string[] {
  return hashes({ ctx, digests }).map((hash) => suppressionId(companyId, hash));
}

/** The same, with those that are for the whole service. */
export function idsToHeed({ ctx, digests, companyId }: Whose & { companyId: string }): string[] {
  return hashes({ ctx, digests }).flatMap((hash) => [
    suppressionId(companyId, hash),
    suppressionId(null, hash),
  ]);
}

function hashes({ ctx, digests }: Whose): string[] {
  return digests.flatMap(({ kind, sha256 }) => ctx.identifiers.allOfSha256(kind, sha256));
}
