import { leafHash, rootOf } from '../../lib/tlog/merkle';
import { commitmentIn } from '../../store/ledger-refs';
import type { LedgerPage, PageLine } from '../../store/ledger-pages';
import { commitTo, saltFor } from '../../lib/commitments';
import { answerOf } from '../../store/ledger-answers';
import { recordText } from './record-text';

/** One movement of money, as its leaf in the tree of its page says it. */
interface Movement {
  /** So that nobody finds out by trying what a neighbour's leaf says. */
  nonce: string;
  event_type: string;
  entity_id: string;
  amount_microusd: number;
  /** What was answered; checks only. */
  answer?: string;
  /** What stands for the certificate, or the contact; absent: it is about none. */
  subject?: string;
}

/**
 * The record of a page of the ledger: when, in plain; which company and what is left, as commitments;
 * each movement under a Merkle root, so that the receipt of one shows no other.
 * @param recordId `<origin of the log>#<index>`
 */
export function recordOfPage({
  page,
  salt,
  recordId,
}: {
  page: LedgerPage;
  salt: string;
  recordId: string;
}): string {
  const movements = movementsOf(page, salt);
  return recordText({
    record_id: recordId,
    event_type: 'ledger.page',
    event_time: page.at.toISOString(),
    commitments: commitTo(salt, lastingOf(page)),
    ...(movements.length > 0 && {
      subjects: rootOf(movements.map((one) => leafHash(one))).toString('base64url'),
    }),
  });
}

/** What a page says beside its movements. */
export function lastingOf(page: LedgerPage) {
  return {
    pii_controller: page.company_id,
    page: page._id.slice(page.company_id.length + 1),
    balance_microusd: String(page.balance_after_microusd),
    reserved_microusd: String(page.reserved_after_microusd),
    moved_microusd: page.moved_microusd === undefined ? null : String(page.moved_microusd),
    brought_forward_microusd:
      page.brought_forward_microusd === undefined ? null : String(page.brought_forward_microusd),
  };
}

/** The exact bytes of each movement's leaf, in the order of the page. */
export function movementsOf({ lines }: LedgerPage, salt: string): string[] {
  const movements = lines.flatMap((line) => line.certificate_refs.map((_, i) => ({ line, i })));
  return movements.map(({ line, i }, at) =>
    JSON.stringify(movementOf(line, i, saltFor(salt, `movement ${String(at)}`))),
  );
}

function movementOf(line: PageLine, i: number, nonce: string): Movement {
  const { actor, kind, amount_microusd } = line;
  const ref = line.certificate_refs[i] ?? null;
  const subject = ref === null ? line.commitments?.[i] : commitmentIn(ref);
  const answer = answerOf(line.answers?.[i]);
  return {
    nonce,
    event_type: kind,
    entity_id: actor.id === null ? actor.type : `${actor.type}:${actor.id}`,
    amount_microusd,
    ...(answer !== undefined && { answer }),
    ...(subject !== undefined && { subject }),
  };
}
