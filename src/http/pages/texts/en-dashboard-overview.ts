import type { FirstStep } from '../../../core/activity/first-steps';
import { plural } from './en-units';

const DAYS_OF_A_YEAR = 365;
const percent = (part: number): string =>
  part.toLocaleString('en', { style: 'percent', maximumFractionDigits: 1 });
const steps: Record<FirstStep, string> = {
  property: 'Add a property',
  token: 'Create a token',
  certificate: 'Register a certificate',
  check: 'Make your first check',
  link: 'Link the opt-out page from your site',
};

/** The English texts of the overview. */
export const overview = {
  title: 'Overview',
  span: 'Last 30 days, in UTC',
  missing: (day: string) =>
    `Checks and spend from ${day} (UTC) on are not in these figures yet: they are too many to add up while you wait. They follow once the day has ended.`,
  webhooksOverdue: (number: number) =>
    `Webhooks overdue: ${plural(number, 'revocation has', 'revocations have')} not been acknowledged within ten business days, though every check says no.`,
  webhooks: 'See your endpoints',
  upload: 'Upload a CSV',
  checks: 'Checks',
  refused: 'Refused: opted out',
  revocations: 'Revocations',
  balance: 'Available balance',
  percent,
  ofChecks: (part: number) => `${percent(part)} of checks`,
  against: 'against the 30 days before',
  noneBefore: 'None in the 30 days before',
  firstDays: 'Since you started',
  noneRevoked: 'None so far',
  lasts: (days: number) => {
    if (days > DAYS_OF_A_YEAR) return 'lasts more than a year';
    return days === 0
      ? 'lasts less than a day at this rate'
      : `lasts about ${plural(days, 'day', 'days')} at this rate`;
  },
  spent: (amount: string) => `${amount} spent`,
  topUp: 'Top up',
  chart: 'Checks per day',
  chartLabel: (allowed: string, refused: string) =>
    `Chart: ${allowed} checks allowed and ${refused} refused in 30 days. The table below lists every day.`,
  noChecks: 'No checks yet. Your first steps lead you to one.',
  noChecksLately: 'No checks in the last 30 days.',
  table: 'Show as a table',
  day: 'Day (UTC)',
  allowed: 'Allowed',
  refusedShort: 'Refused',
  byMethod: 'Revocations by method',
  method: 'Method',
  count: 'Revoked',
  share: 'Share',
  methods: {
    consumer_portal: 'Portal',
    dashboard: 'Dashboard, one',
    bulk: 'Bulk',
    csv: 'CSV file',
    api: 'API',
    standing: 'Earlier opt-out',
  },
  first: {
    title: 'First steps',
    done: (done: number, all: number) => `${String(done)} of ${String(all)}`,
    isDone: 'Done:',
    steps,
    toProperties: 'Go to Properties',
    toTokens: 'Go to Integrations',
    tokenNote: 'First put your token, which was shown once, where the command finds it:',
    certificateNote: 'Then paste this into a terminal. It registers a consent to try things with:',
    checkNote: 'Then paste this into a terminal. It costs the price of one check:',
    needsProperty: 'Add a property first.',
    needsCertificate: 'Register a certificate first.',
    linkNote: 'People withdraw their consent here. It ticks itself once somebody opens it:',
    markDone: 'Mark as done',
    show: 'Show the curl',
    copy: 'Copy the command',
  },
  batches: 'Under way and recent',
  allBatches: 'All revocations',
  batch: 'File or list',
  by: 'By',
  state: 'State',
  rows: 'Rows',
  progress: 'Progress',
  revoked: 'Revoked',
  /** What revokes nothing, in that column. */
  scrub: 'Scrub',
  started: 'Started',
  noBatches: 'No file and no list has been revoked yet.',
};
