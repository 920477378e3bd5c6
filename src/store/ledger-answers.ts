// No collection: what a page of the ledger keeps of the answers that were paid for.
import type { ContactReason } from './batch-scrub';

/** A character for each answer. */
const MARKS = {
  valid: 'v',
  not_valid: '-',
  consented: 'c',
  opted_out: 'o',
  no_consent: 'n',
  other_consent: 't',
} as const satisfies Record<ContactReason | 'valid' | 'not_valid', string>;
type Answered = keyof typeof MARKS;

const BY_MARK = new Map(Object.entries(MARKS).map(([answer, mark]) => [mark, answer as Answered]));

/** The mark of what was answered. */
export function answerMark(answer: { valid: boolean } | { reason: ContactReason }): string {
  if ('reason' in answer) return MARKS[answer.reason];
  return MARKS[answer.valid ? 'valid' : 'not_valid'];
}

/** What a mark stands for; undefined: nothing was answered, or an earlier release did not say. */
export function answerOf(mark: string | undefined): Answered | undefined {
  return mark === undefined ? undefined : BY_MARK.get(mark as (typeof MARKS)[Answered]);
}
