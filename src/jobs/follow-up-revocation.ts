import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** No job carries more. */
export const MAX_REVOCATIONS_PER_JOB = 500;

const id = z.string().min(1).max(100);

/** Finishes revocations whose flags are set: `completed`, and any audit entry that is missing. */
export const followUpRevocation = defineJob({
  kind: 'follow-up-revocation',
  queue: 'opt-outs',
  // One alone as earlier releases write and read it.
  payload: z.union([
    z.object({ revocation_id: id }),
    z.object({ revocation_ids: z.array(id).min(1).max(MAX_REVOCATIONS_PER_JOB) }),
  ]),
  // `split`: some failed, and have jobs of their own now.
  outcomes: ['done', 'already_done', 'void', 'gone', 'split'],
  attempts: 8,
  backoffMs: 500,
  timeoutMs: 60_000,
  ...KEEP,
});

type Payload = z.output<typeof followUpRevocation.payload>;

/** The payload of a job that finishes these revocations, at most 500. */
export function followUpPayload(ids: [string, ...string[]]): Payload {
  return ids.length === 1 ? { revocation_id: ids[0] } : { revocation_ids: ids };
}

/** The revocations that a job is to finish. */
export function revocationsOf(payload: Payload): string[] {
  return 'revocation_id' in payload ? [payload.revocation_id] : payload.revocation_ids;
}
