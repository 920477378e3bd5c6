import type { BATCH_VIEWS } from '../../../core/batches/list-all-batches';
import type { BatchEventKind } from '../../../core/batches/batch-history';

const count = (value: number) => value.toLocaleString('en');

/** How many there are, counted up to 1,000; null: that would take too long. */
const many = (found: number | null) =>
  found === null ? 'Many' : found >= 1_000 ? 'More than 1,000' : count(found);

/** The English texts of the operator's pages of batches. */
export const batchTexts = {
  batches: {
    title: 'Batches',
    troubled: {
      failed: (found: number | null) => `${many(found)} failed. Show them.`,
      stuck: (found: number | null) =>
        `${many(found)} stuck: no worker has held them for five minutes. Show them.`,
    },
    stuckNote:
      'Work is left, and no worker has held these for five minutes. With no worker alive all batches end up here: see Health.',
    caption: 'Batches, newest first',
    batch: 'Batch',
    scrub: 'Scrub',
    state: 'State',
    company: 'Company',
    companyId: 'Company ID',
    who: 'Started by',
    anybody: 'Anybody',
    kinds: {
      user: 'People of companies',
      token: 'Tokens',
      api_key: 'Key pairs',
      property: 'Properties',
      operator: 'Operators',
    },
    from: 'From',
    to: 'To',
    rows: 'Rows',
    done: 'Done',
    rate: 'Rows/s',
    since: 'Since',
    unknown: 'Not known yet',
    percent: (share: number) => `${Math.min(100, Math.floor(share * 100))}%`,
    button: 'Show',
    clear: 'Show all',
    empty: 'No batch was found.',
    tooLong: 'This takes too long: choose a company, or fewer days.',
    wrong: {
      state: 'Choose one of these.',
      company: 'Enter an ID of up to 200 characters.',
      who: 'Choose one of these.',
      from: 'Enter a day.',
      to: 'Enter a day.',
    },
    views: {
      '': 'All',
      open: 'Work is left',
      stuck: 'Stuck',
      queued: 'Waiting',
      parsing: 'Reading',
      revoking: 'Revoking',
      answering: 'Answering',
      recording: 'Recording',
      completed: 'Completed',
      failed: 'Failed',
      cancelled: 'Cancelled',
      previewed: 'Preview',
    } satisfies Record<(typeof BATCH_VIEWS)[number] | '', string>,
    badges: {
      queued: 'warn',
      parsing: 'warn',
      revoking: 'warn',
      answering: 'warn',
      recording: 'warn',
      completed: 'ok',
      failed: 'bad',
      cancelled: '',
      previewed: '',
    } as Record<string, string>,
  },
  batch: {
    unnamed: { csv: 'A file without a name', bulk: 'A list of certificates' },
    kind: 'Kind',
    kinds: { revocations: 'Revocations', scrub: 'Scrub: answers whom its rows name' },
    dryRun: 'Dry run: nothing is revoked.',
    unanswered: 'Preview: nothing is answered or paid for yet.',
    progress: 'Progress',
    rows: (read: number, total: number | null) =>
      total === null ? `${count(read)} rows` : `${count(read)} of ${count(total)} rows`,
    rate: (perSecond: number) => `${count(perSecond)} a second`,
    left: (duration: string) => `about ${duration} left`,
    timeline: 'Time line',
    events: {
      accepted: 'Accepted',
      committed: 'Committed',
      cancelled: 'Cancelled',
      resumed: 'Resumed',
      lease_taken: 'A worker took it',
      lease_lost: 'The worker was lost: it died, hung or was cut off',
      lease_given_back: 'The worker gave it back',
      checkpoint: 'Last checkpoint',
      flags_committed: 'All flags set',
    } satisfies Record<Exclude<BatchEventKind, 'ended'>, string>,
    ended: (state: string) => `Ended: ${state}`,
    atRow: (rows: number) => `at row ${count(rows)}`,
    worker: 'Worker',
    held: 'Held by one until',
    notHeld: 'None has it',
    failures: 'Failed attempts',
    why: 'Reason',
    jobs: 'Jobs',
    showJobs: 'Show its jobs',
    counts: 'Rows by outcome',
    outcomes: {
      revoked: 'Revoked',
      already_revoked: 'Already revoked',
      not_found: 'Not found',
      invalid: 'Invalid',
      duplicate: 'Duplicate',
    },
    answers: {
      consented: 'Consented',
      opted_out: 'Opted out',
      no_consent: 'No consent',
      other_consent: 'Other consent',
      invalid: 'Invalid, free',
    },
    money: {
      price_microusd: 'Price',
      reserved_microusd: 'Reserved',
      charged_microusd: 'Paid',
    },
    notRevoked: 'Lines in errors.csv, at least',
    certificates: 'Certificates revoked',
    errors: {
      file_damaged: 'The stored file is damaged: the company has to upload it again.',
      no_disk_space: 'MongoDB has run out of disk space: free some, then resume.',
      worker_died_three_times:
        'Three workers died at the same place of the file. Look at their logs and memory before you resume.',
      other: 'Five attempts in a row failed. The log of the workers says why; then resume.',
    } as Record<string, string>,
    resume: {
      heading: (id: string) => `Resume ${id}?`,
      text: ({ rows_read }: { rows_read: number }) =>
        `A worker carries on after row ${count(rows_read)}, where it stopped. Nothing is done twice.`,
      button: 'Resume batch',
    },
    cancel: {
      heading: (id: string) => `Cancel ${id}?`,
      text: ({ rows_read, rows_total, certificates_revoked, scrub }: Progress) => {
        const rest =
          rows_total === null
            ? 'The rest of its rows'
            : `${count(Math.max(0, rows_total - rows_read))} rows`;
        return scrub
          ? `${rest} will not be answered, and what is reserved for them is released. Answers so far stay paid for. This cannot be undone.`
          : `${rest} will not be read. The ${count(certificates_revoked)} certificates that are revoked stay revoked. This cannot be undone.`;
      },
      button: 'Cancel batch',
    },
    reason: 'Reason (optional), which the company reads',
    wrongReason: 'Enter a reason of up to 1,000 characters, or none.',
    back: 'All batches',
  },
};

interface Progress {
  rows_read: number;
  rows_total: number | null;
  certificates_revoked: number;
  scrub: object | null;
}
