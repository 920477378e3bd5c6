import type { Context } from '../../context';
import type { Session } from '../../store';
import type { ChargePlace } from './receipt-id';
import { answerMark } from '../../store/ledger-answers';
import type { PageLine } from '../../store/ledger-pages';
import type { AnyAnswer, Paid } from './answer-checks';
import { commitToContact } from './commitment';

/** What the ledger calls a check. */
export const LINE_KINDS = {
  match: 'check_match',
  'partial-match': 'check_partial_match',
  contact: 'contact_check',
} as const;

/** The lines that charge checks, by company, and where each check is among them. */
export interface ChargedLines {
  lines: Map<string, PageLine[]>;
  places: Map<Paid, ChargePlace>;
}

/** A line, and which of its page it is. */
interface CheckLine {
  line: PageLine & { answers: string };
  index: number;
}

/** The lines that charge checks: one for all of a company that differ only in certificate and answer. */
export async function linesFor({
  ctx,
  answers,
  price,
  session,
}: {
  ctx: Context;
  answers: ReadonlyMap<Paid, AnyAnswer>;
  /** µUSD */
  price: number;
  session: Session;
}): Promise<ChargedLines> {
  const paid = [...answers.keys()];
  const certificates = paid.flatMap((one) => ('certificate' in one ? one.certificate : []));
  const unnamed = certificates.filter(({ ledger_ref }) => ledger_ref === undefined);
  const ids = unnamed.map(({ _id }) => _id);
  const named =
    ids.length > 0
      ? await ctx.store.certificates.ledgerRefs(ids, session)
      : new Map<string, string>();
  const lines = new Map<string, Map<string, CheckLine>>();
  const places = new Map<Paid, ChargePlace>();
  for (const [one, answer] of answers) {
    const { call } = one;
    const ofCompany = lines.get(call.company._id) ?? new Map<string, CheckLine>();
    lines.set(call.company._id, ofCompany);
    const { line, index } = lineFor(ofCompany, call, price);
    const place: ChargePlace = { line: index, movement: line.certificate_refs.length };
    places.set(one, place);
    if ('certificate' in one) {
      const { _id, ledger_ref } = one.certificate;
      line.certificate_refs.push(ledger_ref ?? named.get(_id) ?? null);
    } else {
      // Who was asked about is not written down.
      const { commitment, salt } = commitToContact(one.call.contact);
      line.certificate_refs.push(null);
      line.commitments?.push(commitment);
      place.salt = salt;
    }
    line.answers += answerMark(answer);
    if (call.heldKey) line.keys?.push(`check:${call.heldKey.operationId}`);
  }
  const all = [...lines].map(([companyId, own]) => {
    return [companyId, [...own.values()].map(({ line }) => line)] as const;
  });
  return { lines: new Map(all), places };
}

/** Those under a key have a line of their own, as each of its movements needs one. */
function lineFor(lines: Map<string, CheckLine>, call: Paid['call'], price: number): CheckLine {
  const { actor, ip } = call.caller;
  const isKeyed = call.heldKey !== undefined;
  const alike = [call.mode, actor.type, actor.id, ip, isKeyed].join('\0');
  const known = lines.get(alike);
  if (known) return known;
  const line = {
    kind: LINE_KINDS[call.mode],
    // 0 − price, not −price: a price of 0 must not be stored as −0.
    amount_microusd: 0 - price,
    actor,
    ip,
    certificate_refs: [],
    answers: '',
    ...(isKeyed && { keys: [] }),
    ...(call.mode === 'contact' && { commitments: [] }),
  };
  const added = { line, index: lines.size };
  lines.set(alike, added);
  return added;
}
