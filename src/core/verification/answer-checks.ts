import type { Context } from '../../context';
import type { Session } from '../../store';
import type { CheckedCertificate } from '../../store/certificates';
import type { ContactAnswer } from '../contacts/contact';
import { answerContacts } from '../contacts/judge-contacts';
import type { Standing } from '../contacts/standing';
import type { ContactCall } from './contact-call';
import { answerCheck, type CheckAnswer, type CheckCall } from './decide';
import { needsTexts } from '../certificates/find-consent';

/** A check that is admitted and can be paid for. */
export type Paid = PaidCheck | PaidContact;

/** Of a certificate. */
export interface PaidCheck {
  call: CheckCall;
  certificate: CheckedCertificate;
}

/** Of a contact. */
export interface PaidContact {
  call: ContactCall;
  standing: Standing;
}

/** What is answered to any of them. */
export type AnyAnswer = CheckAnswer | ContactAnswer;

/** Answers checks of both kinds; see `answerCertificates` and `answerContacts`. */
export async function answerChecks({
  ctx,
  paid,
  session,
}: {
  ctx: Context;
  paid: Paid[];
  session: Session;
}): Promise<Map<Paid, AnyAnswer>> {
  const contacts = paid.filter((one) => 'standing' in one);
  const checks = paid.filter((one) => 'certificate' in one);
  const answers = new Map<Paid, AnyAnswer>(
    await answerCertificates({ ctx, paid: checks, session }),
  );
  const standings = contacts.map(({ standing }) => standing);
  const ofContacts = await answerContacts({ ctx, standings, session });
  ofContacts.forEach((answer, i) => {
    const one = contacts[i];
    if (one) answers.set(one, answer);
  });
  return answers;
}

/**
 * Answers checks of certificates. Texts are read only for those that cannot do without, which is after money has been
 * looked at, and of a few certificates at a time.
 */
async function answerCertificates({
  ctx,
  paid,
  session,
}: {
  ctx: Context;
  paid: PaidCheck[];
  session: Session;
}): Promise<Map<PaidCheck, CheckAnswer>> {
  const answers = new Map<PaidCheck, CheckAnswer>();
  const byTexts = new Map<string, PaidCheck[]>();
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
