import { namingRevocations } from '../jobs/revocation-ids';
import { newId } from '../lib/random-ids';
import type { Store } from '../store';
import type { Batch } from '../store/batches';
import type { Region } from '../store/regions';
import type { NewJob } from './queues';

/** Files behind that many of their own company's are taken as they come. */
const MAX_RANK = 10_000;

/** The collections whose records are work for the queue. */
export type OutboxName = keyof typeof OUTBOXES;

/**
 * Why records are handed over: for the first time · because their jobs may be lost · because each is
 * to have a job of its own.
 */
export type Occasion = 'first' | 'again' | 'apart';

/** Those whose records share jobs. */
type Sharing =
  | 'revocations'
  | 'consentRevocations'
  | 'usConsentRevocations'
  | 'webhookEvents'
  | 'usWebhookEvents';

/** A job, and the records that it is for. */
export interface OutboxJob {
  job: NewJob;
  names: string[];
  /** The name that records which share a job are marked with. */
  group: string | null;
}

/** How each collection's records, by the names that jobs have for them, become jobs. */
export const OUTBOXES = {
  revocations: together('revocations', (ids, name) => ({
    kind: 'follow-up-revocation',
    payload: namingRevocations(ids),
    dedupeId: `follow-up-revocation-${name}`,
  })),
  consentRevocations: together('consentRevocations', consentJob('default')),
  retentions: each((job_ref) => ({
    kind: 'carry-out-retention',
    payload: { job_ref },
    dedupeId: `carry-out-retention-${job_ref}`,
  })),
  batches: (store: Store, ids: string[]) => Promise.all(ids.map((id) => batchJob(store, id))),
  cleanups: each((cleanup_id) => ({
    kind: 'clean-up',
    payload: { cleanup_id },
    dedupeId: `clean-up-${cleanup_id}`,
  })),
  mails: each((mail_id) => ({
    kind: 'send-mail',
    payload: { mail_id },
    dedupeId: `send-mail-${mail_id}`,
  })),
  webhookEvents: together('webhookEvents', eventJob('default')),
  evidence: (store: Store, ids: string[]) => Promise.all(ids.map((id) => evidenceJob(store, id))),
  // Last: the database of the US region may be away alone.
  usConsentRevocations: together('usConsentRevocations', consentJob('us')),
  usWebhookEvents: together('usWebhookEvents', eventJob('us')),
};

function consentJob(region: Region): JobOfMany {
  return (ids, name) => ({
    kind: 'follow-up-consent',
    payload: { region, ...namingRevocations(ids) },
    dedupeId: `follow-up-consent-${name}`,
  });
}

function eventJob(region: Region): JobOfMany {
  return (event_ids, name) => ({
    kind: 'fan-out-events',
    payload: { region, event_ids },
    dedupeId: `fan-out-events-${region}-${name}`,
  });
}

/** For records that have a job each. */
function each(jobOf: (name: string) => NewJob) {
  return (_store: Store, names: string[]): Promise<OutboxJob[]> =>
    Promise.resolve(names.map((name) => ({ job: jobOf(name), names: [name], group: null })));
}

/** The job that these records share; `name` is unique to them. */
type JobOfMany = (ids: [string, ...string[]], name: string) => NewJob;

/**
 * For records that share jobs. Those that shared one go together again, so that the new job is dropped
 * while the old one waits.
 */
function together(source: Sharing, jobOf: JobOfMany) {
  const jobFor = (ids: string[], group: string | null): OutboxJob[] => {
    const [first, ...rest] = [...ids].sort();
    if (first === undefined) return [];
    // With the first id, too: two pages of the reconciler may have a part of the group each.
    const job = jobOf([first, ...rest], group === null ? first : `${group}-${first}`);
    return [{ job, names: ids, group }];
  };
  const newGroup = (ids: string[]) => jobFor(ids, ids.length > 1 ? newId('group') : null);
  const oneEach = (ids: string[]) => ids.flatMap((id) => jobFor([id], null));
  return async (store: Store, ids: string[], occasion: Occasion): Promise<OutboxJob[]> => {
    if (occasion === 'apart') return oneEach(ids);
    if (occasion === 'first') return newGroup(ids);
    const missed: string[] = [];
    const alone: string[] = [];
    const groups = new Map<string, string[]>();
    for (const one of await store[source].findHandedOver(ids)) {
      const { _id: id, enqueued_at: at, enqueued_with: group } = one;
      if (at === null) missed.push(id);
      else if (group === undefined) alone.push(id);
      else groups.set(group, [...(groups.get(group) ?? []), id]);
    }
    const again = [...groups].flatMap(([group, names]) => jobFor(names, group));
    return [...newGroup(missed), ...oneEach(alone), ...again];
  };
}

async function batchJob(store: Store, id: string): Promise<OutboxJob> {
  const batch = await store.batches.find(id);
  const kind = batch ? jobKindOf(batch) : 'run-csv-batch';
  // The job of the dry run may still be ending when the real run is asked for.
  const dedupeId = `${kind}-${id}-${String(batch?.run ?? 0)}`;
  const rank = batch && kind !== 'finish-bulk-batch' ? await rankOf(store, batch) : 0;
  return { job: { kind, payload: { batch_id: id }, dedupeId, rank }, names: [id], group: null };
}

/** Companies take turns, behind what else is in the queue. */
async function evidenceJob(store: Store, id: string): Promise<OutboxJob> {
  const one = await store.evidence.find(id);
  const before = one
    ? await store.evidence.countBefore(one.company_id, one.requested_at, MAX_RANK - 1)
    : 0;
  const job = { payload: { evidence_id: id }, dedupeId: `make-evidence-${id}`, rank: before + 1 };
  return { job: { kind: 'make-evidence', ...job }, names: [id], group: null };
}

function jobKindOf({ kind, method, upload }: Batch) {
  if (kind === 'scrubs') return 'run-scrub';
  // A long list is stored and processed like a file.
  return method === 'bulk' && !upload ? 'finish-bulk-batch' : 'run-csv-batch';
}

/**
 * How many files of its company come first: companies take turns, as the second file of one waits
 * behind the first of every other.
 */
function rankOf(store: Store, { company_id, requested_at }: Batch): Promise<number> {
  return store.batches.countBefore(company_id, requested_at, MAX_RANK);
}
