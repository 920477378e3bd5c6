import type { HealthReport } from '../../../core/health/read-health';
import { credentialTexts } from './en-operator-credentials';
import { mailTexts } from './en-operator-mails';
import { searchTexts } from './en-operator-search';
import { topUpTexts } from './en-operator-top-ups';
import { batchTexts } from './en-operator-work';

type OutboxName = HealthReport['outbox'][number]['source'];

const plural = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** A time span as people say it: `45 s`, `12 min`, `3.5 h`. */
function duration(seconds: number): string {
  if (seconds < 90) return `${String(Math.round(seconds))} s`;
  if (seconds < 5_400) return `${String(Math.round(seconds / 60))} min`;
  return `${(seconds / 3_600).toLocaleString('en', { maximumFractionDigits: 1 })} h`;
}

interface Subject {
  user_id?: string | undefined;
  certificate_id?: string | undefined;
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
    tokenRevoked: 'The token was revoked: calls with it are refused from now on.',
    tokenGone: 'This token has already been revoked.',
    keyPairRevoked: 'The key pair was revoked: calls with it are refused from now on.',
    keyPairGone: 'This key pair has already been revoked.',
    propertyRevoked: 'The property was revoked: calls with its ID are refused from now on.',
    propertyGone: 'This property has already been revoked.',
    holdPlaced: 'The legal hold was placed: clean-ups of what it covers have stopped.',
    holdLifted: 'The legal hold was lifted: clean-ups resume.',
    holdGone: 'This legal hold has already been lifted.',
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
  companies: {
    title: 'Companies',
    search: 'Search',
    hint: 'Part of a company ID or name.',
    button: 'Find',
    caption: 'Companies, by ID',
    id: 'Company ID',
    name: 'Name',
    created: 'Since',
    empty: 'No company was found.',
  },
  company: {
    settings: 'Settings',
    id: 'Company ID',
    created: 'Since',
    services: 'Services',
    allowlist: 'IP allowlist',
    any: 'Any',
    limits: 'Limits',
    none: 'None',
    retention: 'Retention',
    policy: (
      action: string,
      days: { after_days: number; session_days: number; certificate_days: number },
    ) =>
      `${action}: consents after ${plural(days.after_days, 'day', 'days')}, recordings after ${plural(days.session_days, 'day', 'days')}, certificates after ${plural(days.certificate_days, 'day', 'days')}`,
    thirdParties: 'Third parties',
    off: 'Off',
    body: 'Credentials in the body',
    on: 'On',
    users: 'Users',
    email: 'Email',
    role: 'Role',
    noUsers: 'Nobody can sign in to the dashboard yet.',
  },
  wallet: {
    title: 'Wallet',
    balance: 'Balance',
    reserved: 'Reserved',
    available: 'Available',
    low: 'The available balance is low.',
    amount: 'Amount in USD',
    hint: 'Such as 25.00',
    button: 'Top up',
    wrong: 'Enter dollars such as 25.00, above 0 and at most 1,000,000.00.',
  },
  ...credentialTexts,
  holds: {
    title: 'Legal holds',
    subject: ({ user_id, certificate_id }: Subject) => {
      if (user_id !== undefined) return `User ${user_id}`;
      return certificate_id === undefined ? 'The whole company' : `Certificate ${certificate_id}`;
    },
    covers: 'Covers',
    reason: 'Reason',
    placed: 'Placed',
    empty: 'There are no legal holds.',
    place: 'Place a legal hold',
    scope: 'What it covers',
    scopes: { all: 'The whole company', user: 'One user', certificate: 'One certificate' },
    subjectField: 'User ID or certificate ID',
    subjectHint: 'Leave it empty for the whole company.',
    button: 'Place hold',
    lift: 'Lift hold',
    liftTitle: 'Lift a legal hold',
    liftOne: (subject: string) => `Lift the hold? ${subject}`,
    liftNote: 'Clean-ups of what it covers resume: data may soon be gone for good.',
    wrongSubject: 'Enter an ID of up to 200 characters.',
    wrongReason: 'Enter a reason of up to 1,000 characters.',
  },
  cleanups: {
    title: 'Clean-ups',
    caption: 'Clean-ups, newest first',
    id: 'Clean-up',
    subject: 'Subject',
    action: 'Action',
    state: 'State',
    failedState: 'A step failed and will be retried',
    requested: 'Requested',
    named: 'Items',
    steps: 'Steps',
    empty: 'Nothing has been cleaned up.',
  },
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
