import type { OptOutView } from '../certificates/certificate-view';
import type { Section } from './explain';

const MAX_TEXT = 1_500;

/** Digits in groups. */
const digits = (count: number) => count.toLocaleString('en-US');

/** A time as everybody in a courtroom reads it, in UTC. */
export function time(at: Date): string {
  const day = at.toLocaleDateString('en-US', {
    month: 'long',
    day: 'numeric',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return `${day}, ${at.toISOString().slice(11, 19)} UTC`;
}

/** A text that may be long; in full it is in a file. */
export function shortened(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (in full in consents.json)` : text;
}

export const title = 'Evidence of consent';

/** One sentence that says how it stands. */
export function verdict({ revoke, revoked_at, method, channels }: OptOutView, asOf: Date): string {
  if (revoke && revoked_at !== null) {
    const how = method === null ? '' : `, ${METHODS[method] ?? method}`;
    return `Consent was withdrawn on ${time(new Date(revoked_at))}${how}. From then on every check of this certificate was refused.`;
  }
  const some = channels.length > 0 ? ` for everything but: ${channels.join(', ')}` : '';
  return `No withdrawal had been recorded${some} when this archive was made, on ${time(asOf)}.`;
}

const METHODS: Record<string, string | undefined> = {
  consumer_portal: 'by the consumer, on the public page',
  dashboard: 'by a user of the company’s dashboard',
  bulk: 'in a list that the company sent',
  csv: 'in a file that the company sent',
  api: 'by a call to the service’s interface',
  standing: 'by an opt-out that had been made before and was remembered',
};

const ACTIONS: Record<string, string | undefined> = {
  'certificate.created': 'Consent was registered',
  'certificate.channels_revoked': 'Consent was withdrawn for some channels',
  'certificate.revoked': 'Consent was withdrawn',
};

export const glance = {
  heading: 'At a glance',
  intro: (company: string) =>
    `This archive holds what ${company} had Rescind record about one certificate of consent: what a person agreed to, whether and when that was withdrawn, and what the company was told each time it checked before it called or wrote. Nothing in it has to be taken on trust. Each receipt can be verified by anybody, without us and without a network, as described below.`,
  company: 'Company',
  certificate: 'Certificate',
  origin: 'Given at',
  email: 'Email',
  mobile: 'Mobile',
  registered: 'Registered',
  withdrawn: 'Withdrawn',
  reason: 'Reason given',
  recording: 'Recording of the session',
  noRecording: 'none is kept',
  checks: 'Checks by the company',
  counted: (count: number, proven: number) =>
    count === proven
      ? `${digits(count)}${count === 0 ? '' : ', each with a receipt'}`
      : `${digits(count)}, of which ${digits(proven)} have a receipt`,
  log: 'Log',
  logged: (origin: string, size: number) => `${origin}, ${digits(size)} records`,
  made: 'As of',
};

export const consents = {
  heading: 'What the person agreed to',
  none: 'The certificate has no text of consent.',
  columns: ['Agreed on', 'Kind', 'Text'],
};

export const happened = {
  heading: 'When consent was given and withdrawn',
  none: 'The audit log has no entry about this certificate.',
  columns: ['Recorded on', 'What', 'Receipt'],
  what: (action: string, method: string | null) => {
    const how = method === null ? '' : `, ${METHODS[method] ?? method}`;
    return `${ACTIONS[action] ?? action}${how}`;
  },
};

export const told = {
  heading: 'Who was told of the withdrawal, and when they said so',
  intro:
    'The service told these companies by a signed message, again until their system answered that it has it. Others asked, and were refused, or read it themselves. This is from the service’s books; it has no receipt.',
  columns: ['Company', 'Withdrawn on', 'Acknowledged on'],
  overdue: 'not within ten business days',
  notYet: 'not yet',
};

export const checks = {
  heading: 'What the company was told when it checked',
  intro: (company: string) =>
    `These are the checks that ${company} paid for. A check that is refused, because consent has been withdrawn, is not charged and has no receipt. Checks by other companies belong to those companies, and are not in this archive.`,
  searchedFrom: (since: string) =>
    `There are so many checks that those before ${since} could not be looked for; there may be some. The company can fetch their receipts one by one.`,
  cut: (count: number) => `There are more: this archive has the newest ${digits(count)}.`,
  none: 'No check was found.',
  listed: (shown: number, count: number) =>
    `The newest ${digits(shown)} of ${digits(count)} are listed here; all are in checks.csv.`,
  columns: ['Checked on', 'Question', 'Answer', 'Receipt'],
  kinds: {
    check_match: 'Was this text agreed to?',
    check_partial_match: 'Was a text with these words agreed to?',
  } as Record<string, string | undefined>,
  answers: {
    valid: 'Yes: valid consent',
    not_valid: 'No: not this text',
  } as Record<string, string | undefined>,
  notSaid: 'not recorded',
};

export const noReceipt =
  'A dash means that there is no receipt: it was recorded before the log existed, or in the very last seconds before this archive was made.';

export const proves: Section = {
  heading: 'What a receipt proves',
  list: [
    'That exactly this was recorded, at the time that it states, by the clock of the service. It is signed, and its hash is in a log that only grows: nobody, the operator of Rescind included, can change or remove it later without being found out by whoever has a receipt.',
    'Of a registration or withdrawal: about which certificate, for which company, and how the request came in.',
    'Of a check: which company asked about which certificate, what was answered, and when.',
  ],
};

export const provesNot: Section = {
  heading: 'What it does not prove',
  list: [
    'That the person who agreed was who they said they were.',
    'That the clock of the service was right.',
    'That a call or message was made, or was not made, after a check.',
    'That there was no other check: receipts show what was recorded, not what was never asked.',
  ],
};

/**
 * How to verify receipts.
 * @param example a receipt in the archive; null: it has none
 */
export function verifying(example: string | null): Section {
  const file = example ?? 'receipts/…';
  return {
    heading: 'How to verify a receipt',
    paragraphs: [
      `With Node.js (nodejs.org, version 20 or newer) open a terminal in this folder. The program verify-receipt.mjs is eighty lines that anybody can read, and needs no network:`,
    ],
    code: [`node verify-receipt.mjs ${file}`],
    after: [
      'It answers “good:” and what the receipt says, or “bad:” and what is wrong. One changed character makes a receipt bad.',
      'The keys that it trusts are in keys.txt. Compare them with those that the service publishes under /log/keys, or with a copy that you obtained earlier or from somebody else. The trees and signatures follow public standards (RFC 6962, RFC 9162, RFC 8032, C2SP tlog-checkpoint and signed-note), so that an expert can verify them with tools of their own.',
    ],
  };
}

/** What the files are. */
export function files(has: { recording: boolean; told: boolean }): Section {
  const file = (href: string) => ({ href, text: href });
  return {
    heading: 'What is in this archive',
    table: {
      columns: ['File', 'What it is'],
      rows: [
        [file('certificate.json'), 'The certificate as it is stored'],
        [file('consents.json'), 'The texts that were agreed to, in full'],
        ...(has.recording
          ? [[file('recording.json'), 'What happened on the website during the session']]
          : []),
        ...(has.told ? [[file('told.json'), 'Who was told of the withdrawal, and when']] : []),
        [file('checks.csv'), 'Every check with its answer and receipt, as a table'],
        ['receipts/', 'The receipts: JSON, one file each'],
        [file('verify-receipt.mjs'), 'The program that verifies them'],
        [file('keys.txt'), 'The keys by which it verifies'],
        [
          file('evidence.pdf'),
          'This page, to print; letters that are not Western European are shown as ?',
        ],
      ],
    },
  };
}
