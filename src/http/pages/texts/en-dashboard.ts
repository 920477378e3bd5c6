import { audit } from './en-audit';
import { certificateTexts } from './en-certificates';
import { policyTexts } from './en-cleanups';
import { contacts } from './en-contacts';
import { batchList, partialRows, revocation, uploadChannels } from './en-revocations';
import { accountTexts } from './en-dashboard-account';
import { overview } from './en-dashboard-overview';
import { scrubs } from './en-scrubs';
import { plural } from './en-units';

/** The English texts of the company's dashboard. */
export const dashboard = {
  cleanups: policyTexts,
  nav: {
    label: 'Dashboard',
    overview: 'Overview',
    certificates: 'Certificates',
    revocations: 'Revocations',
    contacts: 'Contacts',
    wallet: 'Wallet',
    audit: 'Audit log',
    properties: 'Properties',
    settings: 'Settings',
  },
  roles: { admin: 'admin', viewer: 'viewer' },
  overview,
  viewerNote: 'You can see everything but change nothing. Ask an admin to make changes.',
  signOut: 'Sign out',
  cancel: 'Cancel',
  confirm: 'Confirm',
  firstPage: 'First page',
  previousPage: 'Previous page',
  nextPage: 'Next page',
  pages: 'Pages',
  filters: 'Filters',
  none: 'None',
  refused: {
    heading: 'Not allowed',
    earlier:
      'This page was opened before you last signed in. Nothing was changed: go back, reload it and try again.',
    admin: 'Only admins of your company may change this. Nothing was changed.',
    ip: 'Your company allows access to its dashboard from certain IP addresses only, and yours is not one of them.',
  },
  login: {
    title: 'Sign in',
    email: 'Email',
    password: 'Password',
    button: 'Sign in',
    wrong: 'Email and password do not belong together.',
    locked: (minutes: number) =>
      `There were too many attempts. Wait ${plural(minutes, 'minute', 'minutes')}, then try again.`,
    several: 'You have accounts at several companies: choose one, and enter your password again.',
    company: 'Company',
    lost: 'You were signed out, so nothing was changed. Sign in, then try again.',
    ready: 'Your password is set. Sign in with it now.',
    forgot: 'Forgot your password?',
    codeLost:
      'Lost your phone and your recovery codes? The operator of this service can take two-step sign-in off, once they know that it is you.',
    forgotten: 'Forgotten your password? An admin of your company can make a link for a new one.',
  },
  forgotPassword: {
    title: 'Choose a new password',
    text: 'Enter the email address that you sign in with. You get a mail with a link.',
    button: 'Send the link',
    sent: 'Look into your mailbox',
    sentText:
      'If there is an account with this email address, a mail with a link is on its way. The link works once, within one hour.',
    nothing:
      'Nothing there after a few minutes? Look among unwanted mails, or ask an admin of your company for a link.',
    back: 'Back to sign in',
  },
  invitation: {
    title: 'Choose a password',
    for: 'For the account of',
    password: 'New password',
    hint: 'At least 12 characters. A few unrelated words are easy to remember.',
    button: 'Set password',
    gone: 'This link is no longer valid',
    goneText: 'It has been used or cancelled, or its time is over. Ask for a new one.',
  },
  errors: {
    password: 'Use 12 to 200 characters.',
    email: 'Enter an email address such as name@example.com.',
    guessable:
      'This password is easy to guess. Take a few unrelated words, and leave out your email.',
    emailTaken: 'Your company already has an account with this email.',
    currentPassword: 'This is not your current password.',
    codeWrong:
      'This code is wrong. It changes every 30 seconds: take the one that is shown now. If it still fails, have your phone set its clock by itself.',
    codeUsed: 'This code has been used already. Wait for the next one.',
    name: 'Enter a name of up to 200 characters.',
    domain: 'Enter a domain such as example.com.',
    label: 'Enter a label of up to 200 characters.',
    scopes: 'Choose at least one.',
    expires: 'Choose a day that is not over yet.',
    choice: 'Choose one of these.',
    days: 'Enter a whole number of days, 0 to 36,500.',
    thirdParties: 'Enter company IDs of up to 200 characters, one per line.',
    allowlist: (line: number) =>
      `Line ${line} must be an IP address or a range such as 198.51.100.0/24.`,
    lockedOut: (ip: string) =>
      `Your own address ${ip} is not on the list: this would lock you out.`,
    filter: 'Use up to 200 characters.',
    time: 'Enter a date.',
    searchTooLong:
      'This search takes too long. Type more of what you look for, or choose fewer days.',
    /** A refusal of the API as a sentence: `must not be empty`, `the header must …`. */
    file: (message: string) =>
      message.startsWith('the ') ? `The ${message.slice(4)}.` : `The file ${message}.`,
    noFile: 'Choose a CSV file.',
    tooLarge: 'The file is larger than 1 GiB.',
    reason: 'Use up to 1,000 characters.',
    timeZone: 'Choose one of these.',
    nothing: 'Select at least one certificate.',
    tooMany: 'That is more than 100,000 certificates. Upload a CSV file instead.',
    changed: 'The list of matches has changed meanwhile. Check the new number and confirm again.',
  },
  revocations: {
    title: 'Revocations',
    upload: 'Revoke by CSV',
    file: 'CSV file',
    fileHint:
      'The header must name email, mobile, email_sha256, mobile_sha256 or certificate_id; up to 10 million rows and 1 GiB. Choose a file or drop one here. You see a preview before anything is revoked.',
    reason: 'Reason (optional)',
    channels: uploadChannels,
    button: 'Upload',
    past: 'Batches',
    caption: 'Batches, newest first',
    find: 'Reference number',
    findHint: 'As the consumer was given it; or the id of a revocation.',
    findButton: 'Look up',
    notFound: 'No revocation of yours has this number.',
    ...batchList,
    empty: 'Nothing has been revoked in bulk yet. Upload a CSV file to begin.',
  },
  batch: {
    title: 'Batch',
    progress: 'Progress',
    states: {
      receiving: 'Receiving the file',
      queued: 'Waiting to begin',
      parsing: 'Reading the file',
      revoking: 'Revoking',
      recording: 'Everything is revoked; the audit log is being written',
      completed: 'Completed',
      failed: 'Failed',
      cancelled: 'Cancelled',
      previewed: 'Preview: nothing has been revoked yet',
    },
    reading: 'Preparing the preview: nothing is revoked yet',
    rows: (read: number, total: number | null) =>
      total === null
        ? plural(read, 'row', 'rows')
        : `${read.toLocaleString('en')} of ${plural(total, 'row', 'rows')}`,
    rate: (perSecond: number) => `${perSecond.toLocaleString('en')} rows a second`,
    left: (seconds: number) =>
      seconds < 90
        ? `about ${plural(seconds, 'second', 'seconds')} left`
        : `about ${plural(Math.round(seconds / 60), 'minute', 'minutes')} left`,
    counts: 'Rows by outcome',
    preview: 'Rows by what would happen to them',
    outcomes: {
      revoked: 'Revoked',
      already_revoked: 'Already revoked',
      not_found: 'Not found',
      invalid: 'Not valid',
      duplicate: 'Repeated',
    },
    /** In a preview, in the place of `outcomes.revoked` and `certificates`. */
    toRevoke: { rows: 'To be revoked', certificates: 'Certificates to be revoked' },
    /** The same once the preview has ended. */
    wouldHave: { rows: 'Would be revoked', certificates: 'Certificates that would be revoked' },
    nothing: 'There is nothing to revoke: the file names no active certificate.',
    certificates: 'Certificates revoked',
    remembered: 'Rows remembered for consent that arrives later',
    ...partialRows,
    effective: 'All in effect since',
    commit: 'Commit',
    commitNote: (certificates: number, rows: number) =>
      certificates === 0
        ? 'There is nothing to revoke now.'
        : `Committing revokes ${plural(certificates, 'certificate', 'certificates')} (${plural(rows, 'row', 'rows')}) for good; it takes effect at once.`,
    rememberNote:
      'Opt-outs by email or phone number are remembered: older consent that arrives later is revoked, too.',
    cancel: 'Cancel batch',
    cancelPreviewNote: 'Nothing has been revoked.',
    cancelledPreview: 'Cancelled: nothing has been revoked',
    cancelNote: 'What has been revoked stays revoked.',
    retry: 'Resume',
    error: 'Error',
    errors: {
      file_damaged: 'The stored file is damaged.',
      no_disk_space: 'The service has run out of disk space.',
      worker_died_three_times:
        'Three times the process that read the file died at the same place, so it is left alone. What is revoked stays revoked.',
    } as Record<string, string>,
    warning: 'Look again',
    download: 'Download errors',
    refresh: 'Refresh',
    changed: 'The batch has moved on meanwhile: this is its current state.',
    fileGone: 'The uploaded file has been deleted, so this is no longer possible.',
    back: 'All batches',
  },
  ...accountTexts,
  ...certificateTexts,
  audit,
  contacts,
  scrubs,
  revocation,
};
