import { JOBS } from '../jobs/catalog';
import type { JobContract } from '../jobs/contract';
import { jobOptions } from './job-options';
import type { Queues } from './queues';

const CONTRACTS: JobContract[] = Object.values(JOBS);

/**
 * Makes sure that every periodic job has its schedule in Redis, under its kind. Where a schedule
 * exists its next run stays as it is; a new one runs at once.
 */
export async function putBackSchedules(queues: Queues): Promise<void> {
  for (const job of CONTRACTS) {
    if (job.everyMs === undefined) continue;
    await queues.byName[job.queue].upsertJobScheduler(
      job.kind,
      { every: job.everyMs },
      { name: job.kind, data: job.payload.parse({}), opts: jobOptions(job) },
    );
  }
}
