import { plural } from './en-units';

interface Days {
  after_days: number;
  session_days: number;
  certificate_days: number;
}

/** The English texts of what is asked before a clean-up policy that removes more is saved. */
export const policyTexts = {
  policy: (action: string, days: Days) =>
    action === 'keep'
      ? 'Keep everything'
      : `${action.charAt(0).toUpperCase()}${action.slice(1)} consents after ${plural(days.after_days, 'day', 'days')}, recordings after ${plural(days.session_days, 'day', 'days')} and certificates after ${plural(days.certificate_days, 'day', 'days')}`,
  /** Null: too many to count in time. */
  due: (
    {
      certificates,
      recordings,
      consents,
    }: Record<'certificates' | 'recordings' | 'consents', number | null>,
    most: number,
  ) => {
    const some = (count: number | null, one: string, many: string): string => {
      if (count === null) return `many ${many}`;
      return count > most ? `more than ${plural(most, one, many)}` : plural(count, one, many);
    };
    return `By this policy ${some(certificates, 'certificate', 'certificates')}, ${some(recordings, 'recording', 'recordings')} and ${some(consents, 'revoked consent', 'revoked consents')} are old enough now, and go with the next clean-up, except what is held or paid for.`;
  },
  irreversible: {
    keep: '',
    delete: 'What is deleted cannot be brought back.',
    anonymise: 'The emails, phone numbers and pages that are removed cannot be brought back.',
    archive: 'What is archived can be read with “npm run archive:read”, and never be put back.',
  },
  confirm: {
    keep: '',
    delete: 'Delete by this policy',
    anonymise: 'Anonymise by this policy',
    archive: 'Archive by this policy',
  },
};
