import type { Context } from '../../context';
import { AppError, unavailable } from '../../errors';
import { distinct } from '../../lib/distinct';
import { findAllOrRemoved } from '../identifiers/removed-ids';
import { isOptedOut } from '../revocations/channels';
import type { Session } from '../../store';
import type { AnyAnswer, Paid } from './answer-checks';
import { type ArrivedCheck, waitForCallers } from './arrived-check';
import { type ContactCall, standCalls } from './contact-call';
import { admit, type CheckAnswer, type CheckCall, type Snapshot } from './decide';

export interface CheckResult<Answer = AnyAnswer> {
  answer: Answer;
  replayed: boolean;
  /** Of what was charged; by it the receipt can be had. */
  receiptId?: string | undefined;
}

/** The caller of a check is still being looked up. */
export const NOT_KNOWN_YET = Symbol('not known yet');

/** What becomes of a check. */
export type Verdict = CheckResult | typeof NOT_KNOWN_YET | Error;

/**
 * Refuses calls and repeats answers; finds the certificates of the others. They are read while the
 * callers are looked up, but nothing is decided before it is known who is asking. What is known of
 * contacts is read after that, as it is known only then whose certificates count.
 * @param lost keys whose leases have passed to others
 */
export async function judgeChecks({
  ctx,
  checks,
  lost,
  session,
}: {
  ctx: Context;
  checks: ArrivedCheck[];
  lost: ReadonlySet<string>;
  session: Session;
}): Promise<({ verdict: Verdict } | Paid)[]> {
  const asked = checks.map((check) => check.asked);
  const [snapshot] = await Promise.all([readSnapshot(ctx, asked, session), waitForCallers(checks)]);
  const calls = checks.map(({ outcome }) => callOrVerdict(ctx, outcome, lost));
  const contacts = calls.filter((call) => 'mode' in call && call.mode === 'contact');
  const { companies } = snapshot;
  const standing = await standCalls({ ctx, calls: contacts, companies, session });
  return calls.map((call) => {
    if ('verdict' in call) return call;
    if (call.mode !== 'contact') return certificateOf(call, snapshot);
    return standing.get(call) ?? { verdict: new Error('a contact has not been judged') };
  });
}

/** The call, once it is known who makes it; or that it is refused, whatever it asks. */
function callOrVerdict(
  ctx: Context,
  call: ArrivedCheck['outcome'],
  lost: ReadonlySet<string>,
): CheckCall | ContactCall | { verdict: Verdict } {
  if (call === undefined) return { verdict: NOT_KNOWN_YET };
  if (call instanceof Error) return { verdict: call };
  // Their credentials may have been revoked on this primary before the last one said that they hold.
  if (call.election !== ctx.store.election()) return { verdict: unavailable() };
  // Whoever took the key over carries on.
  if (call.heldKey && lost.has(call.heldKey.id)) return { verdict: unavailable() };
  return call;
}

function certificateOf(call: CheckCall, snapshot: Snapshot): { verdict: Verdict } | Paid {
  try {
    if (call.replay) return { verdict: replay(call, call.replay, snapshot) };
    return { call, certificate: admit(call, snapshot) };
  } catch (error) {
    if (error instanceof AppError) return { verdict: error };
    throw error;
  }
}

async function readSnapshot(
  ctx: Context,
  asked: ArrivedCheck['asked'][],
  session: Session,
): Promise<Snapshot> {
  const ids = distinct(asked.flatMap((one) => ('certificateId' in one ? one.certificateId : [])));
  const certificates: Snapshot['certificates'] =
    ids.length > 0
      ? await findAllOrRemoved({
          ctx,
          ids,
          find: (some) => ctx.store.certificates.findForChecks(some, session),
        })
      : new Map();
  const originators = distinct(asked.flatMap((check) => check.originatorCompanyId ?? []));
  const companies =
    originators.length > 0 ? await ctx.store.companies.findMany(originators, session) : [];
  return { certificates, companies: new Map(companies.map((company) => [company._id, company])) };
}

/** Repeats the first answer, after looking at the flag again. */
function replay(call: CheckCall, first: { body: string }, snapshot: Snapshot): CheckResult {
  const certificate = snapshot.certificates.get(call.certificateId);
  if (certificate && isOptedOut(certificate.opt_out, call.channel)) throw new AppError('opted_out');
  return { answer: JSON.parse(first.body) as CheckAnswer, replayed: true };
}
