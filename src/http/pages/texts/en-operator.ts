import type { HealthReport } from '../../../core/health/read-health';
import { credentialTexts } from './en-operator-credentials';
import { companyNotices, companyTexts } from './en-operator-companies';
import { cleanupTexts, holdTexts } from './en-operator-holds';
import { mailTexts } from './en-operator-mails';
import { peopleTexts } from './en-operator-people';
import { searchTexts } from './en-operator-search';
import { settingsTexts } from './en-operator-settings';
import { topUpTexts, walletTexts } from './en-operator-top-ups';
import { batchTexts } from './en-operator-work';

type OutboxName = HealthReport['outbox'][number]['source'];

/** A time span as people say it: `45 s`, `12 min`, `3.5 h`. */
function duration(seconds: number): string {
  if (seconds < 90) return `${String(Math.round(seconds))} s`;
  if (seconds < 5_400) return `${String(Math.round(seconds / 60))} min`;
  return `${(seconds / 3_600).toLocaleString('en', { maximumFractionDigits: 1 })} h`;
}

/** The English texts of the operator's pages. */
export const operator = {
  nav: {
    label: 'Operator',
    health: 'Health',
    companies: 'Companies',
    topUps: 'Top-ups',
    jobs: 'Jobs',
    batches: 'Batches',
    mails: 'Mails',
    board: 'Queue board',
    search: 'Search',
  },
  ...searchTexts,
  topUps: topUpTexts,
  ...mailTexts,
  count: (value: number) => value.toLocaleString('en'),
  duration,
  cancel: 'Cancel',
  actions: 'Actions',
  firstPage: 'First page',
  previousPage: 'Previous page',
  nextPage: 'Next page',
  pages: 'Pages',
  credentials: {
    heading: 'For operators only',
    text: 'Sign in with the name "operator" and the operator token.',
  },
  notices: {
    toppedUp: 'The money was added.',
    topUpApproved: 'The top-up was approved: the money is in the wallet.',
    topUpDeclined: 'The top-up was declined. The company sees your reason.',
    topUpDecided: 'This top-up had been decided before: nothing was changed.',
    ...companyNotices,
    jobRetried: 'The job is tried again.',
    jobMovedOn: 'The job has moved on meanwhile: nothing was done.',
    batchResumed: 'The batch carries on where it stopped.',
    batchCancelled: 'The batch was cancelled. What is revoked stays revoked.',
    batchMovedOn: 'The batch has moved on meanwhile: nothing was done.',
    uploadGone: 'The uploaded file has been deleted: the batch cannot be resumed.',
  },
  verdicts: { good: 'Good', watch: 'Watch', act: 'Act now' },
  health: {
    title: 'Health',
    overall: {
      good: 'Everything is working',
      watch: 'Something is to be watched',
      act: 'Something needs you now',
    },
    asOf: (time: string) => `As of ${time}; updated every 30 seconds.`,
    noRedis:
      'Redis does not answer, so the queues cannot be shown. Verification and revocation go on, and recorded work waits in the outbox.',
    queues: 'Queues',
    queue: 'Queue',
    status: 'Status',
    waiting: 'Waiting',
    active: 'Under way',
    delayed: 'Delayed',
    kept: 'Failed, kept',
    oldest: 'Oldest waiting',
    doneInHour: 'Done in the last hour',
    failedInHour: 'Failed in the last hour',
    outbox: 'Outbox',
    outboxNote: 'Age of the oldest recorded work that is still to be done.',
    source: 'Work',
    sources: {
      revocations: 'Revocations',
      consentRevocations: 'Consent revocations',
      usConsentRevocations: 'Consent revocations, US region',
      retentions: 'Retentions',
      batches: 'Batches',
      cleanups: 'Clean-ups',
      mails: 'Mails',
    } satisfies Record<OutboxName, string>,
    age: 'Age',
    noDatabase: 'Its database does not answer',
    day: 'The last day',
    gaps: 'Each bar is half an hour. A shaded bar means that nothing was measured.',
    depth: 'Jobs in the queue',
    oldestAge: 'Age of the oldest job',
    completed: 'Jobs done',
    failed: 'Jobs failed',
    lag: 'Outbox lag',
    none: 'nothing has been measured yet',
    label: (most: string, last: string) => `at most ${most}, last ${last}`,
    table: 'The same as a table',
    tableCaption: 'The last day in half hours, newest first',
    from: 'From',
    gap: 'not measured',
  },
  ...companyTexts,
  wallet: walletTexts,
  settings: settingsTexts,
  people: peopleTexts,
  ...credentialTexts,
  holds: holdTexts,
  cleanups: cleanupTexts,
  jobs: {
    title: 'Jobs that need attention',
    note: 'Jobs that failed for good, and jobs waiting to be retried. Every retry is recorded in the audit log.',
    board: 'Open the queue board',
    noRedis: 'Redis does not answer, so the jobs cannot be shown. No recorded work is lost.',
    empty: 'No job has failed.',
    caption: 'Failed and retrying jobs',
    job: 'Job',
    queue: 'Queue',
    state: 'State',
    states: { failed: 'Failed', retrying: 'Waiting for its next attempt' },
    attempts: 'Attempts',
    error: 'Error',
    tried: 'Last attempt',
    retry: 'Retry',
    retryOne: (kind: string, id: string) => `Retry ${kind} ${id}`,
  },
  ...batchTexts,
};
