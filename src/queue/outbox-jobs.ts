import { followUpPayload } from '../jobs/follow-up-revocation';
import { newId } from '../lib/random-ids';
import type { Store } from '../store';
import type { Batch } from '../store/batches';
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

/** A job, and the records that it is for. */
export interface OutboxJob {
  job: NewJob;
  names: string[];
  /** The name that records which share a job are marked with. */
  group: string | null;
}

/** How each collection's records, by the names that jobs have for them, become jobs. */
export const OUTBOXES = {
  revocations: followUps,
  consentRevocations: each((revocation_id) => ({
    kind: 'follow-up-consent',
    payload: { region: 'default', revocation_id },
    dedupeId: `follow-up-consent-${revocation_id}`,
  })),
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
  // Last: the database of the US region may be away alone.
  usConsentRevocations: each((revocation_id) => ({
    kind: 'follow-up-consent',
    payload: { region: 'us', revocation_id },
    dedupeId: `follow-up-consent-${revocation_id}`,
  })),
};

/** For records that have a job each. */
function each(jobOf: (name: string) => NewJob) {
  return (_store: Store, names: string[]): Promise<OutboxJob[]> =>
    Promise.resolve(names.map((name) => ({ job: jobOf(name), names: [name], group: null })));
}

/**
 * Follow-ups share jobs. Those that shared one go together again, so that the new job is dropped while
 * the old one waits.
 */
async function followUps(store: Store, ids: string[], occasion: Occasion): Promise<OutboxJob[]> {
  if (occasion === 'apart') return ids.flatMap((id) => followUp([id], null));
  if (occasion === 'first') return newGroup(ids);
  const missed: string[] = [];
  const alone: string[] = [];
  const groups = new Map<string, string[]>();
  for (const one of await store.revocations.findHandedOver(ids)) {
    const { _id: id, enqueued_at: at, enqueued_with: group } = one;
    if (at === null) missed.push(id);
    else if (group === undefined) alone.push(id);
    else groups.set(group, [...(groups.get(group) ?? []), id]);
  }
  return [
    ...newGroup(missed),
    ...alone.flatMap((id) => followUp([id], null)),
    ...[...groups].flatMap(([group, names]) => followUp(names, group)),
  ];
}

function newGroup(ids: string[]): OutboxJob[] {
  return followUp(ids, ids.length > 1 ? newId('group') : null);
}

function followUp(ids: string[], group: string | null): OutboxJob[] {
  const [first, ...rest] = [...ids].sort();
  if (first === undefined) return [];
  const payload = followUpPayload([first, ...rest]);
  // With the first id, too: two pages of the reconciler may have a part of the group each.
  const dedupeId = `follow-up-revocation-${group === null ? first : `${group}-${first}`}`;
  return [{ job: { kind: 'follow-up-revocation', payload, dedupeId }, names: ids, group }];
}

async function batchJob(store: Store, id: string): Promise<OutboxJob> {
  const batch = await store.batches.find(id);
  // A long list is stored and processed like a file.
  const isList = batch?.method === 'bulk' && !batch.upload;
  const kind = isList ? 'finish-bulk-batch' : 'run-csv-batch';
  // The job of the dry run may still be ending when the real run is asked for.
  const dedupeId = `${kind}-${id}-${String(batch?.run ?? 0)}`;
  const rank = batch && kind === 'run-csv-batch' ? await rankOf(store, batch) : 0;
  return { job: { kind, payload: { batch_id: id }, dedupeId, rank }, names: [id], group: null };
}

/**
 * How many files of its company come first: companies take turns, as the second file of one waits
 * behind the first of every other.
 */
function rankOf(store: Store, { company_id, requested_at }: Batch): Promise<number> {
  return store.batches.countBefore(company_id, requested_at, MAX_RANK);
}
