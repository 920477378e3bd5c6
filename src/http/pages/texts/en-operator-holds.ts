import { policyTexts } from './en-cleanups';
import { plural } from './en-units';

/** The English texts of the operator's page of a company's clean-ups. */
export const cleanupTexts = {
  policyTitle: 'Clean-up policy',
  policyText:
    'Data that is older than this is cleaned up. Paid retention and legal holds win over it; what proves a revocation stays.',
  action: 'What happens to old data',
  actions: {
    keep: 'Keep: nothing is ever removed',
    delete: 'Delete: certificates, recordings and consents',
    anonymise: 'Anonymise: remove the person, keep the consent',
    archive: 'Archive: write it to a file, then delete it',
  },
  days: {
    after_days: 'Revoked Attestr consents after, in days',
    session_days: 'Recordings after, in days',
    certificate_days: 'Certificates after, in days',
  },
  save: 'Save policy',
  wrongAction: 'Choose one of these.',
  wrongDays: 'Enter a whole number of days, 0 to 36,500.',
  confirmTitle: 'Change the clean-up policy',
  confirmHeading: {
    keep: '',
    delete: (name: string) => `Delete old data of ${name}?`,
    anonymise: (name: string) => `Anonymise old data of ${name}?`,
    archive: (name: string) => `Archive and delete old data of ${name}?`,
  },
  ...policyTexts,
  title: 'Clean-ups',
  caption: 'Clean-ups, newest first',
  id: 'Clean-up',
  subject: 'Subject',
  actionColumn: 'Action',
  state: 'State',
  states: { pending: 'Under way', done: 'Done' },
  failedState: 'A step failed and will be retried',
  requested: 'Requested',
  named: 'Items',
  steps: 'Steps',
  empty: 'Nothing has been cleaned up.',
};

/** The English texts of the operator's page of a company's legal holds. */
export const holdTexts = {
  title: 'Legal holds',
  text: 'While a hold is in force, no clean-up removes what it covers, whatever the policy says.',
  subject: ({
    user_id,
    certificate_id,
  }: {
    user_id?: string | undefined;
    certificate_id?: string | undefined;
  }) => {
    if (user_id !== undefined) return `Person ${user_id}`;
    return certificate_id === undefined ? 'The whole company' : `Certificate ${certificate_id}`;
  },
  covers: 'Covers',
  reason: 'Reason',
  reasonHint: 'As it stands in the audit log, such as the number of the case.',
  placed: 'Placed',
  empty: 'There are no legal holds.',
  place: 'Place a legal hold',
  scope: 'What it covers',
  scopes: { user: 'A person', certificate: 'One certificate', all: 'The whole company' },
  subjectField: 'Email, phone number, user ID or certificate ID',
  subjectHint:
    'Leave it empty for the whole company. That you looked up a person is written to the audit log, without what you typed.',
  lookUp: 'Look up',
  wrongScope: 'Choose one of these.',
  wrongSubject: 'Enter an ID of up to 200 characters, an email address or a phone number.',
  noSuchCertificate: (typed: string) => `The company has no certificate “${typed}”.`,
  subjectOfAll: 'Leave this empty to hold the whole company, or choose what it names.',
  placeHeading: (subject: string) => `Place a hold? ${subject}`,
  kinds: {
    email: (email: string) => `Read as the email address ${email}.`,
    mobile: (mobile: string) => `Read as the phone number ${mobile}.`,
    user_id: (id: string) => `Read as the user ID ${id}.`,
  },
  /** Null: there are too many to count in time. */
  found: (certificates: number | null, revoked: number | null, consents: number | null) => {
    const first =
      certificates === null || revoked === null
        ? 'more certificates than can be counted'
        : `${plural(certificates, 'certificate', 'certificates')} (${revoked.toLocaleString('en')} revoked)`;
    const second =
      consents === null
        ? 'more consents than can be counted'
        : plural(consents, 'consent', 'consents');
    return `Of this person the company has ${first} and ${second} of the Attestr calls.`;
  },
  nothing:
    'Nothing that a clean-up could remove names this person now. Check what you typed; a hold covers what is registered later, too.',
  foundCertificate: 'The company has this certificate.',
  foundAll: 'Every certificate, recording and consent of the company, whoever gave it.',
  alreadyHeld: (reason: string) =>
    `It is held already. Placing it again replaces the reason “${reason}” and keeps the date.`,
  button: 'Place hold',
  back: 'Look up somebody else',
  lift: 'Lift hold',
  liftTitle: 'Lift a legal hold',
  liftOne: (subject: string) => `Lift the hold? ${subject}`,
  liftNote: 'Clean-ups of what it covers resume: data may soon be gone for good.',
  liftKept: 'Under the present clean-up policy nothing is removed, so that nothing goes at once.',
  wrongReason: 'Enter a reason of up to 1,000 characters.',
};
