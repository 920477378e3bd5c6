import type { Context } from '../../context';
import { JOBS, type JobKind, type JobPayload } from '../../jobs/catalog';
import { revocationsOf } from '../../jobs/revocation-ids';

/** The company that a job works for; null: for several or all, or its record is gone. */
export async function companyOfJob({
  ctx,
  job,
}: {
  ctx: Context;
  job: { kind: string; payload: unknown };
}): Promise<string | null> {
  const { kind, payload } = job;
  const find = FINDERS[kind as keyof typeof FINDERS] as Finder | undefined;
  const parsed = JOBS[kind as JobKind] as (typeof JOBS)[JobKind] | undefined;
  const read = parsed?.payload.safeParse(payload);
  if (!find || !read?.success) return null;
  return (await find(ctx, read.data as never))?.company_id ?? null;
}

type Finder = (ctx: Context, payload: never) => Promise<{ company_id: string } | null>;

const byBatch = ({ store }: Context, { batch_id }: { batch_id: string }) =>
  store.batches.find(batch_id);

/** Of a job that carries several: all are one company's, or it is nobody's. */
function theirs(records: { company_id: string }[]): { company_id: string } | null {
  const [first, ...others] = records;
  const isOfOne = others.every(({ company_id }) => company_id === first?.company_id);
  return first && isOfOne ? first : null;
}

/** For each kind that works for one company: how to find the record that it is about. */
const FINDERS = {
  'follow-up-revocation': async ({ store }: Context, at: JobPayload<'follow-up-revocation'>) =>
    theirs(await store.revocations.findMany(revocationsOf(at))),
  'follow-up-consent': async ({ store }: Context, at: JobPayload<'follow-up-consent'>) =>
    theirs(await store.regions[at.region].consentRevocations.findMany(revocationsOf(at))),
  'finish-bulk-batch': byBatch,
  'run-csv-batch': byBatch,
  'carry-out-retention': async (
    { store }: Context,
    { job_ref }: JobPayload<'carry-out-retention'>,
  ) => {
    const id = await store.retentions.idByJobRef(job_ref);
    return id === null ? null : store.retentions.find(id);
  },
  'clean-up': ({ store }: Context, at: JobPayload<'clean-up'>) =>
    store.cleanups.find(at.cleanup_id),
  'send-mail': async ({ store }: Context, { mail_id }: JobPayload<'send-mail'>) => {
    const company_id = (await store.mails.find(mail_id))?.company_id ?? null;
    return company_id === null ? null : { company_id };
  },
} satisfies Partial<Record<JobKind, Finder>>;
