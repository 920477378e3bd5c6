import { HANDLERS } from '../../../workers/handlers';
import { startConsumers } from '../../../workers/consumers';
import type { Context } from '../../../src/context';
import { AppError } from '../../../src/errors';
import { until } from '../../helpers/until';

/** A job that follows up revocations of these ids. */
export const followUp = (...revocation_ids: string[]) => ({
  name: 'follow-up-revocation',
  data: { revocation_ids },
});
/** The job of a file. */
export const runCsv = (batch_id: string) => ({ name: 'run-csv-batch', data: { batch_id } });

/** Has a worker fail jobs for good, or with tries left; those of one queue together. */
export async function failJobs(
  ctx: Context,
  jobs: { name: string; data: object }[],
  state: 'failed' | 'delayed' = 'failed',
): Promise<void> {
  const fail = () => Promise.reject(new AppError('internal'));
  const handlers = { ...HANDLERS, 'follow-up-revocation': fail, 'run-csv-batch': fail };
  const opts = { attempts: state === 'failed' ? 1 : 8, backoff: 3_600_000 };
  const queueOf = ({ name }: { name: string }) =>
    ctx.queues.byName[name === 'run-csv-batch' ? 'csv-revocations' : 'opt-outs'];
  const before = await countIn(ctx, state);
  for (const job of jobs) await queueOf(job).add(job.name, job.data, opts);
  const consumers = startConsumers(ctx, handlers);
  try {
    await until(`${String(jobs.length)} more jobs are ${state}`, async () => {
      return (await countIn(ctx, state)) === before + jobs.length;
    });
  } finally {
    await consumers.close(1_000);
  }
}

async function countIn({ queues }: Context, state: 'failed' | 'delayed'): Promise<number> {
  const names = ['opt-outs', 'csv-revocations'] as const;
  const counts = await Promise.all(
    names.map((name) => queues.byName[name].getJobCountByTypes(state)),
  );
  return counts.reduce((sum, one) => sum + one, 0);
}
