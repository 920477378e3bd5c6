import { account } from './en-account';
import { concernTexts } from './en-operator-concerns';
import { credentialTexts } from './en-operator-credentials';
import { companyNotices, companyTexts } from './en-operator-companies';
import { cleanupTexts, holdTexts } from './en-operator-holds';
import { healthTexts } from './en-operator-health';
import { mailTexts } from './en-operator-mails';
import { operatorAccountTexts } from './en-operator-accounts';
import { peopleTexts } from './en-operator-people';
import { jobTexts } from './en-operator-jobs';
import { searchTexts } from './en-operator-search';
import { settingsTexts } from './en-operator-settings';
import { topUpTexts, walletTexts } from './en-operator-top-ups';
import { count, duration } from './en-units';
import { operatorWebhooks } from './en-operator-webhooks';
import { batchTexts } from './en-operator-work';
import { twoStepTexts } from './en-operator-two-step';

/** The English texts of the operator's pages. */
export const operator = {
  webhooks: operatorWebhooks,
  nav: {
    label: 'Operator',
    health: 'Health',
    companies: 'Companies',
    topUps: 'Top-ups',
    jobs: 'Jobs',
    batches: 'Batches',
    mails: 'Mails',
    board: 'Queue board',
    audit: 'Audit log',
    operators: 'Operators',
  },
  ...searchTexts,
  ...operatorAccountTexts,
  topUps: topUpTexts,
  ...mailTexts,
  twoStep: twoStepTexts,
  count,
  duration,
  cancel: 'Cancel',
  actions: 'Actions',
  firstPage: 'First page',
  previousPage: 'Previous page',
  nextPage: 'Next page',
  pages: 'Pages',
  credentials: {
    heading: 'For operators only',
    text: 'With HTTP Basic, the name is "operator" and the password the operator token.',
    signIn: 'Sign in by name',
  },
  notices: {
    toppedUp: 'The money was added.',
    topUpApproved: 'The top-up was approved: the money is in the wallet.',
    topUpDeclined: 'The top-up was declined. The company sees your reason.',
    topUpDecided: 'This top-up had been decided before: nothing was changed.',
    ...companyNotices,
    queueResumed: 'The queue was resumed: workers take its jobs again.',
    queueNotPaused: 'The queue is not paused: nothing was done.',
    jobRetried: 'The job is tried again.',
    noJobs: 'None of these is left: nothing was done.',
    jobMovedOn: 'The job has moved on meanwhile: nothing was done.',
    batchResumed: 'The batch carries on where it stopped.',
    batchCancelled: 'The batch was cancelled. What is revoked or answered stays so.',
    batchMovedOn: 'The batch has moved on meanwhile: nothing was done.',
    operatorRemoved: 'The operator was removed, and is signed out.',
    operatorGone: 'This operator has already been removed.',
    twoStepOff: account.twoStep.turnedOff,
    twoStepOn: account.twoStep.onAlready,
    sessionEnded: account.sessions.ended,
    passwordChanged: 'Your password was changed. You were signed out everywhere else.',
    scrubUnfunded:
      'The company’s wallet has too little for the rows that are left: nothing was done.',
    uploadGone: 'The uploaded file has been deleted: the batch cannot be resumed.',
  },
  health: healthTexts,
  concerns: concernTexts,
  ...companyTexts,
  wallet: walletTexts,
  settings: settingsTexts,
  people: peopleTexts,
  ...credentialTexts,
  holds: holdTexts,
  cleanups: cleanupTexts,
  jobs: jobTexts,
  ...batchTexts,
};
