import type { Context } from '../../context';
import { openingsOf, type Opening } from '../../lib/commitments';
import { CHECK_KINDS } from '../../store/ledger-lines';
import { answerOf } from '../../store/ledger-answers';
import type { LedgerPage, PageLine } from '../../store/ledger-pages';
import type { LogHead } from '../../store/proof-log';
import { proveLeaf, type ProvenLeaf, type Receipt, receiptOf, shownSubject } from './receipt';
import { lastingOf, movementsOf } from './record-of-page';

/** A check of a certificate that was charged, and what proves it. */
export interface ProvenCheck extends Pick<PageLine, 'kind' | 'actor' | 'ip'> {
  at: Date;
  /** Undefined: earlier releases did not say. */
  answer: ReturnType<typeof answerOf>;
  /** Null: it is older than the log, or not in what is published yet. */
  receipt: Receipt | null;
}

/**
 * The checks of one certificate that a page of the ledger charges, each with its receipt.
 * @param heads the logs as they were read, so that all receipts have one checkpoint
 * @param ref what the ledger calls the certificate, and what opens that
 */
export async function checksOnPage({
  ctx,
  page,
  heads,
  ref,
  opening,
}: {
  ctx: Context;
  page: LedgerPage;
  heads: LogHead[];
  ref: string;
  opening: Opening | null;
}): Promise<ProvenCheck[]> {
  const { at, salt, leaf, lines } = page;
  const all = lines.flatMap((line) => line.certificate_refs.map((one, i) => ({ line, one, i })));
  const mine = all.flatMap(({ line, one, i }, index) =>
    // Retentions name their certificate, too.
    one === ref && CHECK_KINDS.includes(line.kind) ? [{ line, i, index }] : [],
  );
  const proven =
    salt === undefined ? null : await proveLeaf({ ctx, region: 'default', leaf, heads });
  const receiptAt =
    salt === undefined || !proven ? () => null : receiptsFrom({ page, salt, proven, opening });
  return mine.map(({ line: { kind, actor, ip, answers }, i, index }) => {
    return { at, kind, actor, ip, answer: answerOf(answers?.[i]), receipt: receiptAt(index) };
  });
}

function receiptsFrom({
  page,
  salt,
  proven,
  opening,
}: {
  page: LedgerPage;
  salt: string;
  proven: ProvenLeaf;
  opening: Opening | null;
}): (index: number) => Receipt {
  const movements = movementsOf(page, salt);
  const known = openingsOf(salt, lastingOf(page));
  return (index) =>
    receiptOf(proven, { known, subjects: [shownSubject(movements, index, opening)] });
}
