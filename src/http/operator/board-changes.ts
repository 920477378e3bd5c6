import type { BoardChange } from '../../core/jobs/record-board-change';

/** A part of a path. */
const PART = '([^/]+)';

/**
 * What the queue board may change: pausing and resuming, of all queues or one; retrying and promoting,
 * of a queue's jobs in a state or one job. Its paths are those of `@bull-board/api`.
 */
const OFFERED: readonly {
  path: RegExp;
  action: BoardChange['action'];
  /** What the parts of the path are, in their order. */
  parts: ('queue' | 'jobId' | 'jobState')[];
}[] = [
  { path: at('pause'), action: 'queue.paused', parts: [] },
  { path: at('resume'), action: 'queue.resumed', parts: [] },
  { path: at(PART, 'pause'), action: 'queue.paused', parts: ['queue'] },
  { path: at(PART, 'resume'), action: 'queue.resumed', parts: ['queue'] },
  { path: at(PART, 'promote'), action: 'jobs.promoted', parts: ['queue'] },
  { path: at(PART, 'retry', PART), action: 'jobs.retried', parts: ['queue', 'jobState'] },
  { path: at(PART, PART, 'promote'), action: 'job.promoted', parts: ['queue', 'jobId'] },
  { path: at(PART, PART, 'retry'), action: 'job.retried', parts: ['queue', 'jobId'] },
];

function at(...parts: string[]): RegExp {
  return new RegExp(`^/api/queues/${parts.join('/')}$`);
}

/** The change that a path of the board stands for; null: it is not offered. */
export function boardChange(path: string): BoardChange | null {
  for (const { path: form, action, parts } of OFFERED) {
    const found = form.exec(path);
    if (!found) continue;
    const change: BoardChange = { action, queue: null, jobId: null, jobState: null };
    for (const [i, part] of parts.entries()) change[part] = decoded(found[i + 1] ?? '');
    return change;
  }
  return null;
}

/** What cannot be decoded names nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
