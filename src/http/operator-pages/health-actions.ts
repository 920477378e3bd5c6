import type { Concern } from '../../core/health/find-concerns';
import type { Look } from '../../core/health/list-looks';
import type { PageCall } from '../pages/page-router';
import { batchPath } from './batch';
import { companyPath } from './company-page';
import { PREFIX } from './operator-page';

/** The button of a concern: a form that does it, or a link to where it is done. */
export interface Action {
  label: string;
  path: string;
  isForm: boolean;
}

type Words = PageCall['t']['operator']['health']['actions'];

/** What an operator does about it; null: nothing that a page of ours can do. */
export function actionFor(concern: Concern, words: Words): Action | null {
  const link = (label: string, path: string): Action => ({ label, path, isForm: false });
  switch (concern.what) {
    case 'queuePaused': {
      const path = `${PREFIX}/queues/${concern.queue.name}/resume`;
      return { label: words.resume(concern.queue.name), path, isForm: true };
    }
    case 'queueStuck':
    case 'jobsFailed':
    case 'workLate':
      return link(words.jobs, `${PREFIX}/jobs`);
    case 'webhooksLate':
      return link(words.queue, `${PREFIX}/queues/webhooks`);
    case 'queueUntaken':
    case 'queueSlow':
      return link(words.queue, `${PREFIX}/queues/${concern.queue.name}`);
    case 'batchesStuck':
      return link(words.batches, `${PREFIX}/batches?state=stuck`);
    case 'batchesFailed':
      return link(words.batches, `${PREFIX}/batches?state=failed`);
    case 'cleanupsFailed':
      return link(words.looks, '#looks');
    case 'walletsDrifting':
      return link(words.company, companyPath(concern.companyId));
    case 'webhooksOverdue': {
      const [first] = concern.overdue;
      return first ? link(words.company, companyPath(first.company_id)) : null;
    }
    case 'unusualRate': {
      const { companyId } = concern.rate;
      return companyId === null ? null : link(words.company, companyPath(companyId));
    }
    // What is to be done is done on the machines.
    case 'mongodbAway':
    case 'usAway':
    case 'redisAway':
    case 'redisReadOnly':
    case 'redisEvicts':
    case 'redisFull':
    case 'diskFull':
    case 'membersDown':
    case 'noWorker':
    case 'missing':
    case 'workUnknown':
    case 'auditGaps':
    case 'logStopped':
      return null;
  }
}

/** Where an operator sees more of it. */
export function lookPath({ kind, id, companyId }: Look): string {
  if (kind === 'batch') return batchPath(id);
  return kind === 'webhook' ? `${companyPath(companyId)}#webhooks` : companyPath(companyId);
}

/** Where a failed batch is resumed; null: it is something else. */
export function resumePath({ kind, state, id }: Look): string | null {
  return kind === 'batch' && state === 'failed' ? `${batchPath(id)}/resume` : null;
}
