import type { Context } from '../../context';
import type { Session } from '../../store';
import type { AnyAnswer, Paid } from './answer-checks';

/**
 * Notes on certificates which third parties have checked them, so that these can be told of a
 * revocation. In the transaction of the check, and the first time only.
 */
export async function noteCheckers({
  ctx,
  answers,
  session,
}: {
  ctx: Context;
  answers: ReadonlyMap<Paid, AnyAnswer>;
  session: Session;
}): Promise<void> {
  const checked = new Map<string, string[]>();
  for (const [one, answer] of answers) {
    const { company, originatorCompanyId } = one.call;
    if (originatorCompanyId === undefined || originatorCompanyId === company._id) continue;
    const id = newlyChecked(one, answer);
    if (id !== null) checked.set(company._id, [...(checked.get(company._id) ?? []), id]);
  }
  if (checked.size > 0) await ctx.store.certificates.noteCheckers(checked, session);
}

/** The certificate that a third party is not known to have checked before; null: none. */
function newlyChecked(one: Paid, answer: AnyAnswer): string | null {
  if (!('certificate' in one)) return 'certificate_id' in answer ? answer.certificate_id : null;
  const { _id, checked_by = [] } = one.certificate;
  return checked_by.includes(one.call.company._id) ? null : _id;
}
