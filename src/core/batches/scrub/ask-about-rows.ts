import type { Context } from '../../../context';
import { CONTACT_REASONS, type ContactReason } from '../../../store/batch-scrub';
import type { Batch } from '../../../store/batches';
import { judgeContacts } from '../../contacts/judge-contacts';
import type { ScrubRow } from './judge-scrub-row';
import { noAnswers } from './new-scrub';
import { answeredLine, INVALID } from './result-cells';

/** Rows with what is said of them. */
export interface AnsweredRows {
  rows: ScrubRow[];
  /** Their lines of the result. */
  text: string;
  answers: Record<ContactReason, number>;
  invalid: number;
  /** The election of the primary that was asked, see `Store.election`. */
  election: number;
}

/** Answers to lots of rows as one; without any: to no rows. */
export function together({
  ctx,
  lots,
}: {
  ctx: Context;
  /** In order. */
  lots: AnsweredRows[];
}): AnsweredRows {
  const answers = noAnswers();
  for (const lot of lots) {
    for (const reason of CONTACT_REASONS) answers[reason] += lot.answers[reason];
  }
  return {
    rows: lots.flatMap(({ rows }) => rows),
    text: lots.map(({ text }) => text).join(''),
    answers,
    invalid: lots.reduce((sum, { invalid }) => sum + invalid, 0),
    // Where the primary has changed in between, the first is outdated.
    election: lots[0]?.election ?? ctx.store.election(),
  };
}

/** Answers rows by what is known now; nothing is written. */
export async function askAbout({
  ctx,
  batch: { company_id: companyId, scrub, upload },
  rows,
}: {
  ctx: Context;
  batch: Batch;
  rows: ScrubRow[];
}): Promise<AnsweredRows> {
  const election = ctx.store.election();
  const channel = scrub?.channel ?? undefined;
  const consentType = scrub?.consent_type ?? undefined;
  const readable = rows.filter(({ identifiers }) => identifiers.length > 0);
  const contacts = readable.map(({ identifiers }) => ({ identifiers, channel, consentType }));
  const judged = (await judgeContacts({ ctx, companyId, contacts })).values();
  const answers = noAnswers();
  const lines = rows.map(({ identifiers, text }) => {
    const answer = identifiers.length > 0 ? judged.next().value : undefined;
    if (answer) answers[answer.reason] += 1;
    return answeredLine(text, answer ?? INVALID, upload?.delimiter ?? ',');
  });
  const invalid = rows.length - readable.length;
  return { rows, text: lines.join(''), answers, invalid, election };
}
