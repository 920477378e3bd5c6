import { z } from 'zod';

/** No job carries more. */
export const MAX_REVOCATIONS_PER_JOB = 500;

const id = z.string().min(1).max(100);

/** One alone, as earlier releases write and read it. */
export const oneRevocation = z.object({ revocation_id: id });

/** Several that share a job. */
export const manyRevocations = z.object({
  revocation_ids: z.array(id).min(1).max(MAX_REVOCATIONS_PER_JOB),
});

type Named = z.output<typeof oneRevocation> | z.output<typeof manyRevocations>;

/** The part of a payload that names these revocations, at most 500. */
export function namingRevocations(ids: [string, ...string[]]): Named {
  return ids.length === 1 ? { revocation_id: ids[0] } : { revocation_ids: ids };
}

/** The revocations that a job is to finish. */
export function revocationsOf(payload: Named): string[] {
  return 'revocation_id' in payload ? [payload.revocation_id] : payload.revocation_ids;
}
