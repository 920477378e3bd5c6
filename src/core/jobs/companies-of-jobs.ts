import type { Context } from '../../context';
import { JOBS, type JobKind, type JobPayload } from '../../jobs/catalog';
import { revocationsOf } from '../../jobs/revocation-ids';
import { distinct } from '../../lib/distinct';
import type { OwnedCollection } from '../../store/record-owners';
import type { Region } from '../../store/regions';

/** As much of a job as says what it works on. */
export interface JobSubject {
  kind: string;
  payload: unknown;
}

/** The records that a job works on. */
interface Works {
  collection: OwnedCollection;
  region?: Region;
  ids: string[];
}

const onBatch = ({ batch_id }: { batch_id: string }): Works => ({
  collection: 'batches',
  ids: [batch_id],
});

/** For each kind that works for companies: on what. */
const WORKS_ON = {
  'follow-up-revocation': (at: JobPayload<'follow-up-revocation'>): Works => ({
    collection: 'revocations',
    ids: revocationsOf(at),
  }),
  'follow-up-consent': (at: JobPayload<'follow-up-consent'>): Works => ({
    collection: 'consent_revocations',
    region: at.region,
    ids: revocationsOf(at),
  }),
  'finish-bulk-batch': onBatch,
  'run-csv-batch': onBatch,
  'run-scrub': onBatch,
  'carry-out-retention': ({ job_ref }: JobPayload<'carry-out-retention'>): Works => ({
    collection: 'retentions',
    ids: [job_ref],
  }),
  'clean-up': ({ cleanup_id }: JobPayload<'clean-up'>): Works => ({
    collection: 'cleanups',
    ids: [cleanup_id],
  }),
  'make-evidence': ({ evidence_id }: JobPayload<'make-evidence'>): Works => ({
    collection: 'evidence',
    ids: [evidence_id],
  }),
  'send-mail': ({ mail_id }: JobPayload<'send-mail'>): Works => ({
    collection: 'mails',
    ids: [mail_id],
  }),
} satisfies Partial<Record<JobKind, (payload: never) => Works>>;

/**
 * The companies that each job works for, in the order of the jobs; none: for all, or its records are
 * gone. Looked up together, a query for each collection.
 */
export async function companiesOfJobs({
  ctx,
  jobs,
}: {
  ctx: Context;
  jobs: JobSubject[];
}): Promise<string[][]> {
  const works = jobs.map(worksOn);
  const owners = new Map<string, Map<string, string>>();
  const asked = new Map<string, Works[]>();
  for (const one of works) {
    if (one) asked.set(placeOf(one), [...(asked.get(placeOf(one)) ?? []), one]);
  }
  for (const [place, [first, ...rest]] of asked) {
    if (!first) continue;
    const ids = distinct([first, ...rest].flatMap((one) => one.ids));
    const find = ctx.store.owners[first.region ?? 'default'];
    owners.set(place, await find(first.collection, ids));
  }
  return works.map((one) => {
    const found = one && owners.get(placeOf(one));
    return found ? distinct(one.ids.flatMap((id) => found.get(id) ?? [])) : [];
  });
}

/** The one company that a job works for; null: for several or all, or its record is gone. */
export async function companyOfJob({
  ctx,
  job,
}: {
  ctx: Context;
  job: JobSubject;
}): Promise<string | null> {
  const [companies = []] = await companiesOfJobs({ ctx, jobs: [job] });
  return companies.length === 1 ? (companies[0] ?? null) : null;
}

/** The batch that a job works on, also where it follows up parts of one; null: none. */
export function batchOfJob(job: JobSubject): string | null {
  const works = worksOn(job);
  const [id = ''] = works?.ids ?? [];
  if (works?.collection === 'batches') return id;
  // The id of a part goes on after a dot.
  return works?.collection === 'revocations' ? (/^(bat_[^.]+)\./.exec(id)?.[1] ?? null) : null;
}

function worksOn({ kind, payload }: JobSubject): Works | null {
  const find = WORKS_ON[kind as keyof typeof WORKS_ON] as ((at: never) => Works) | undefined;
  const read = (JOBS[kind as JobKind] as (typeof JOBS)[JobKind] | undefined)?.payload.safeParse(
    payload,
  );
  return find && read?.success ? find(read.data as never) : null;
}

function placeOf({ collection, region = 'default' }: Works): string {
  return `${region} ${collection}`;
}
