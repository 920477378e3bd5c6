import { optOuts } from './en-opt-outs';

/** The list of batches. */
export const batchList = {
  state: 'State',
  actor: 'By',
  rows: 'Rows',
  progress: 'Progress',
  revoked: 'Revoked',
  /** Certificates of a preview. */
  toBeRevoked: (count: number) => `${count.toLocaleString('en')} to be revoked`,
  created: 'Started',
  /** In the place of the name of a file. */
  unnamed: { csv: 'A file without a name', bulk: 'A list of certificates' },
  states: {
    receiving: 'Receiving',
    queued: 'Waiting',
    parsing: 'Reading',
    revoking: 'Revoking',
    recording: 'Recording',
    completed: 'Completed',
    failed: 'Failed',
    cancelled: 'Cancelled',
    previewed: 'Preview',
  },
};

/** What the rows of a file opt out of. */
export const uploadChannels = {
  legend: 'Opt out of',
  names: { call: 'Calls', text: 'Text messages', email: 'Emails' },
  hint: 'With all three, consent is revoked as a whole. Where the file has a column “channels”, that decides.',
  chooseOne: 'Choose at least one: calls, text messages or emails.',
};

/** Rows of a batch that opt out of some channels. */
export const partialRows = {
  channels: 'Opts out of',
  /** Where a column may say it of a row. */
  unlessColumn: (names: string, column: string) => `${names}, unless “${column}” says otherwise`,
  partial: 'Rows for some channels only',
  partialNote: (rows: number) =>
    `${rows === 1 ? '1 row opts' : `${rows.toLocaleString('en')} rows opt`} out of some channels only; these certificates stay in force for the others.`,
};

/** A request to revoke, by its reference number. */
export const revocation = {
  title: 'Revocation',
  states: {
    revoking: 'Under way',
    recording: 'In effect; the audit log is being written',
    completed: 'Completed',
    nothing_revoked: 'Nothing was left to revoke',
  },
  optOuts,
  reference: 'Reference',
  id: 'Revocation ID',
  batch: 'Batch',
  method: 'How',
  requested: 'Requested',
  effective: 'In effect since',
  completed: 'Completed',
  actor: 'Who',
  ip: 'IP',
  reason: 'Reason',
  certificates: 'Certificates',
  consents: 'Consents (Attestr)',
  counted: (count: number, shown: number) =>
    count > shown
      ? `${count.toLocaleString('en')}, of which the first ${shown.toLocaleString('en')} are shown`
      : count.toLocaleString('en'),
  told: {
    title: 'Who was told by webhook',
    party: 'Company',
    you: 'You',
    count: 'Revoked',
    acknowledged: 'Acknowledged',
    overdue: 'Overdue',
    until: 'Not yet; due',
  },
  audit: 'Show in the audit log',
  receiptPdf: 'Receipt (PDF)',
  receiptJson: 'Receipt (JSON)',
  receiptPending: 'The receipt is being made. Try again in a few seconds.',
  list: 'Show in the list of certificates',
  back: 'All revocations',
  used: 'Columns used',
  ignored: 'Not used',
};
