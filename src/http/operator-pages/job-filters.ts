import type { Request } from 'express';
import { JOB_KINDS, type JobFilter, LISTED_STATES } from '../../core/jobs/list-jobs';
import { QUEUE_NAMES } from '../../jobs/contract';
import { textsIn } from '../dashboard/filters';
import { id } from '../fields';

/** The fields of the filter, as they stand in a URL. */
export const JOB_FIELDS = ['state', 'queue', 'kind', 'company', 'batch', 'age'] as const;
export type TypedJobs = Record<(typeof JOB_FIELDS)[number], string>;

/** Ages to choose from, in minutes. */
export const AGES_MINUTES = ['1', '10', '60', '1440'] as const;
const MINUTE_MS = 60_000;

/** What was typed, failed jobs where no state was, and the fields that are wrong. */
export function jobFilterOf(request: Request): {
  typed: TypedJobs;
  filter: JobFilter;
  wrong: (keyof TypedJobs)[];
} {
  const given = textsIn(request, JOB_FIELDS);
  const typed = { ...given, state: given.state || 'failed' };
  const state = LISTED_STATES.find((one) => one === typed.state);
  const queue = QUEUE_NAMES.find((one) => one === typed.queue);
  const kind = JOB_KINDS.find((one) => one === typed.kind);
  const minutes = AGES_MINUTES.find((one) => one === typed.age);
  const isWrong: Record<keyof TypedJobs, boolean> = {
    state: !state,
    queue: typed.queue !== '' && !queue,
    kind: typed.kind !== '' && !kind,
    company: typed.company !== '' && !id.safeParse(typed.company).success,
    batch: typed.batch !== '' && !id.safeParse(typed.batch).success,
    age: typed.age !== '' && !minutes,
  };
  return {
    typed,
    wrong: JOB_FIELDS.filter((name) => isWrong[name]),
    filter: {
      state: state ?? 'failed',
      queue,
      kind,
      companyId: typed.company || undefined,
      batchId: typed.batch || undefined,
      minAgeMs: minutes && Number(minutes) * MINUTE_MS,
    },
  };
}
