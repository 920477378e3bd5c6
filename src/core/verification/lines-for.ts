import type { Context } from '../../context';
import type { Session } from '../../store';
import type { PageLine } from '../../store/ledger-pages';
import type { Paid } from './answer-checks';
import { commitmentTo } from './commitment';

/** What the ledger calls a check. */
export const LINE_KINDS = {
  match: 'check_match',
  'partial-match': 'check_partial_match',
  contact: 'contact_check',
} as const;

/** The lines that charge checks, by company: one for all that differ only in their certificate. */
export async function linesFor({
  ctx,
  paid,
  price,
  session,
}: {
  ctx: Context;
  paid: Paid[];
  /** µUSD */
  price: number;
  session: Session;
}): Promise<Map<string, PageLine[]>> {
  const certificates = paid.flatMap((one) => ('certificate' in one ? one.certificate : []));
  const unnamed = certificates.filter(({ ledger_ref }) => ledger_ref === undefined);
  const ids = unnamed.map(({ _id }) => _id);
  const named =
    ids.length > 0
      ? await ctx.store.certificates.ledgerRefs(ids, session)
      : new Map<string, string>();
  const lines = new Map<string, Map<string, PageLine>>();
  for (const one of paid) {
    const { call } = one;
    const ofCompany = lines.get(call.company._id) ?? new Map<string, PageLine>();
    lines.set(call.company._id, ofCompany);
    const line = lineFor(ofCompany, call, price);
    if ('certificate' in one) {
      const { _id, ledger_ref } = one.certificate;
      line.certificate_refs.push(ledger_ref ?? named.get(_id) ?? null);
    } else {
      // Who was asked about is not written down.
      line.certificate_refs.push(null);
      line.commitments?.push(commitmentTo({ ctx, contact: one.call.contact }));
    }
    if (call.heldKey) line.keys?.push(`check:${call.heldKey.operationId}`);
  }
  return new Map([...lines].map(([companyId, ofCompany]) => [companyId, [...ofCompany.values()]]));
}

/** Those under a key have a line of their own, as each of its movements needs one. */
function lineFor(lines: Map<string, PageLine>, call: Paid['call'], price: number): PageLine {
  const { actor, ip } = call.caller;
  const isKeyed = call.heldKey !== undefined;
  const alike = [call.mode, actor.type, actor.id, ip, isKeyed].join('\0');
  const known = lines.get(alike);
  if (known) return known;
  const line: PageLine = {
    kind: LINE_KINDS[call.mode],
    // 0 − price, not −price: a price of 0 must not be stored as −0.
    amount_microusd: 0 - price,
    actor,
    ip,
    certificate_refs: [],
    ...(isKeyed && { keys: [] }),
    ...(call.mode === 'contact' && { commitments: [] }),
  };
  lines.set(alike, line);
  return line;
}
