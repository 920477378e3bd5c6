import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';
import type { Company } from '../../store/companies';
import type { AskedContact, ContactAnswer } from '../contacts/contact';
import { answerContacts, standContacts } from '../contacts/judge-contacts';
import type { Standing } from '../contacts/standing';
import { admittedOwner, type PaidCall } from './decide';

/** One call of `/contact/check`. */
export interface ContactCall extends PaidCall {
  mode: 'contact';
  contact: AskedContact;
}

/** What becomes of a contact check before money is looked at: it is to be answered, or has its verdict. */
export type StandingCall =
  | { call: ContactCall; standing: Standing }
  | { verdict: { answer: ContactAnswer; replayed: true } | AppError };

/**
 * Finds how those stand who are asked about. A call that repeats another one is answered at once, free
 * of charge: with the first answer or, where that allowed it on a certificate that does not any more, with
 * today's.
 * @param companies those that calls name as originators
 */
export async function standCalls({
  ctx,
  calls,
  companies,
  session,
}: {
  ctx: Context;
  calls: ContactCall[];
  companies: ReadonlyMap<string, Company>;
  session: Session;
}): Promise<Map<ContactCall, StandingCall>> {
  const outcomes = new Map<ContactCall, StandingCall>();
  const asking: Asking[] = [];
  for (const call of calls) {
    const asked = askedOf(call, companies);
    if ('verdict' in asked) outcomes.set(call, asked);
    else asking.push(asked);
  }
  if (asking.length === 0) return outcomes;
  const standings = await standContacts({
    ctx,
    asked: asking.map(({ call: { contact }, companyId }) => ({ companyId, contact })),
    session,
  });
  const judged = asking.map((one, i) => ({ ...one, standing: standings[i] ?? missing() }));
  for (const { call, standing } of judged) outcomes.set(call, { call, standing });
  const repeated = judged.filter(({ first }) => first !== null);
  const again = repeated.map(({ standing }) => standing);
  const answers = await answerContacts({ ctx, standings: again, session });
  repeated.forEach(({ call, first, standing }, i) => {
    const now = answers[i] ?? missing();
    const answer = first && now.allowed && isHeldUp(first, standing) ? first : now;
    outcomes.set(call, { verdict: { answer, replayed: true } });
  });
  return outcomes;
}

interface Asking {
  call: ContactCall;
  /** Whose certificates count. */
  companyId: string;
  /** What was allowed under the same key. */
  first: ContactAnswer | null;
}

function askedOf(
  call: ContactCall,
  companies: ReadonlyMap<string, Company>,
): Asking | Extract<StandingCall, { verdict: unknown }> {
  try {
    const companyId = admittedOwner(call, companies);
    const first = call.replay ? (JSON.parse(call.replay.body) as ContactAnswer) : null;
    if (first && !first.allowed) return { verdict: { answer: first, replayed: true } };
    return { call, companyId, first };
  } catch (error) {
    if (error instanceof AppError) return { verdict: error };
    throw error;
  }
}

/** Whether the certificate that allowed a contact still does. */
function isHeldUp({ certificate_id }: ContactAnswer, standing: Standing): boolean {
  return standing.is === 'live' && standing.certificates.some(({ _id }) => _id === certificate_id);
}

function missing(): never {
  throw new Error('a contact has been judged without an outcome');
}
