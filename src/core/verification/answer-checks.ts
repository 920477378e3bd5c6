import type { Context } from '../../context';
import type { Session } from '../../store';
import type { CheckedCertificate } from '../../store/certificates';
import { answerCheck, type CheckAnswer, type CheckCall } from './decide';
import { needsTexts } from '../certificates/find-consent';

/** A check that is admitted and can be paid for. */
export interface Paid {
  call: CheckCall;
  certificate: CheckedCertificate;
}

/**
 * Answers checks. Texts are read only for those that cannot do without, which is after money has been
 * looked at, and of a few certificates at a time.
 */
export async function answerChecks({
  ctx,
  paid,
  session,
}: {
  ctx: Context;
  paid: Paid[];
  session: Session;
}): Promise<Map<Paid, CheckAnswer>> {
  const answers = new Map<Paid, CheckAnswer>();
  const byTexts = new Map<string, Paid[]>();
  for (const one of paid) {
    const { _id, consents } = one.certificate;
    if (needsTexts(consents, one.call.mode)) byTexts.set(_id, [...(byTexts.get(_id) ?? []), one]);
    else answers.set(one, answerCheck(one.call, one.certificate, consents));
  }
  if (byTexts.size === 0) return answers;
  const ids = [...byTexts.keys()];
  for await (const { _id, consents } of ctx.store.certificates.withTexts(ids, session)) {
    for (const one of byTexts.get(_id) ?? []) {
      answers.set(one, answerCheck(one.call, one.certificate, consents));
    }
  }
  return answers;
}
