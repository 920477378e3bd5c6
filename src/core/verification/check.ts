import { createGroupCommit } from '../../lib/group-commit';
import type { Context } from '../../context';
import { AppError, unavailable } from '../../errors';
import { distinct } from '../../lib/distinct';
import { findAllOrRemoved } from '../identifiers/removed-ids';
import { newOrderedId } from '../../lib/random-ids';
import { isUnavailable, type Session } from '../../store';
import type { LedgerLine } from '../../store/ledger';
import type { Completion } from '../../store/idempotency';
import { type CheckAnswer, type CheckCall, decide, type Snapshot } from './decide';

const MAX_GROUP = 500;
const MAX_WAITING = 10_000;

export interface CheckResult {
  answer: CheckAnswer;
  replayed: boolean;
}

export type Check = (call: CheckCall) => Promise<CheckResult>;

/**
 * Makes the verb behind `/verify/match` and `/verify/partial-match`. Calls in flight together share
 * one transaction: one snapshot read on the primary, one debit per company, one ledger line per
 * answered call, one commit by a majority. Verdict, charge and idempotency record commit together
 * or not at all.
 *
 * Refuses with `third_party_refused`, `certificate_not_found`, `opted_out`, `insufficient_balance`;
 * `unavailable` when there was no commit within 5 s (the charge may then have happened or not).
 */
export function createCheck({ ctx }: { ctx: Context }): Check {
  return createGroupCommit<CheckCall, CheckResult>({
    run: (calls) => checkAll(ctx, calls),
    maxSize: MAX_GROUP,
    maxWaiting: MAX_WAITING,
    refusal: unavailable,
    isOneRequestsFault: (error) => !isUnavailable(error),
    onGroup: (size) => {
      ctx.metrics.groupCommitSize.observe({ batch: 'checks' }, size);
    },
  });
}

type Verdict = CheckResult | AppError;

/** What one group will write; money in µUSD per company. */
interface Charges {
  spent: Map<string, number>;
  lines: LedgerLine[];
  completions: Completion[];
}

async function checkAll(ctx: Context, calls: CheckCall[]): Promise<Verdict[]> {
  const { verdicts, charges } = await ctx.store.transaction(async (session) => {
    const snapshot = await readSnapshot(ctx, calls, session);
    const decided = serve(calls, snapshot, ctx.config.prices.check);
    await write(ctx, decided.charges, session);
    return decided;
  });
  for (const { kind, amount_microusd } of charges.lines) {
    ctx.metrics.charges.inc({ kind });
    ctx.metrics.chargedMicrousd.inc({ kind }, -amount_microusd);
  }
  return verdicts;
}

async function readSnapshot(ctx: Context, calls: CheckCall[], session: Session) {
  const certificates = await findAllOrRemoved({
    ctx,
    ids: distinct(calls.map((call) => call.certificateId)),
    find: (ids) => ctx.store.certificates.findForChecks(ids, session),
  });
  const originators = distinct(calls.flatMap((call) => call.originatorCompanyId ?? []));
  const companies =
    originators.length > 0 ? await ctx.store.companies.findMany(originators, session) : [];
  const wallets = await ctx.store.wallets.findMany(
    distinct(calls.map((call) => call.company._id)),
    session,
  );
  return {
    certificates,
    companies: new Map(companies.map((company) => [company._id, company])),
    available: new Map(wallets.map((w) => [w._id, w.balance_microusd - w.reserved_microusd])),
  };
}

/** Serves calls in order of arrival; one that the balance does not cover gets 402. */
function serve(
  calls: CheckCall[],
  snapshot: Snapshot & { available: Map<string, number> },
  price: number,
): { verdicts: Verdict[]; charges: Charges } {
  const charges: Charges = { spent: new Map(), lines: [], completions: [] };
  const now = new Date();
  const verdicts = calls.map((call): Verdict => {
    const { _id: companyId } = call.company;
    try {
      if (call.replay) return replay(call, call.replay, snapshot);
      const answer = decide(call, snapshot);
      const spent = charges.spent.get(companyId) ?? 0;
      if (spent + price > (snapshot.available.get(companyId) ?? 0)) {
        return new AppError('insufficient_balance');
      }
      charges.spent.set(companyId, spent + price);
      const ref = snapshot.certificates.get(call.certificateId)?.ledger_ref;
      charges.lines.push(ledgerLine(call, ref, price, now));
      if (call.heldKey) {
        const response = { status: 200, body: JSON.stringify(answer) };
        charges.completions.push({ id: call.heldKey.id, lease: call.heldKey.lease, response });
      }
      return { answer, replayed: false };
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  });
  return { verdicts, charges };
}

/** Repeats the first answer, after looking at the flag again. */
function replay(call: CheckCall, first: { body: string }, snapshot: Snapshot): CheckResult {
  if (snapshot.certificates.get(call.certificateId)?.opt_out.revoke) {
    throw new AppError('opted_out');
  }
  return { answer: JSON.parse(first.body) as CheckAnswer, replayed: true };
}

function ledgerLine(call: CheckCall, ref: string | undefined, price: number, at: Date): LedgerLine {
  return {
    _id: `check:${call.heldKey?.operationId ?? newOrderedId()}`,
    company_id: call.company._id,
    kind: call.mode === 'match' ? 'check_match' : 'check_partial_match',
    amount_microusd: -price,
    at,
    ...(ref === undefined
      ? { certificate_id: call.certificateId }
      : { certificate_id: null, certificate_ref: ref }),
    actor: call.caller.actor,
    ip: call.caller.ip,
  };
}

async function write(ctx: Context, charges: Charges, session: Session): Promise<void> {
  if (charges.lines.length === 0) return;
  const debits = [...charges.spent].map(([company_id, spent]) => ({
    company_id,
    balance_microusd: -spent,
    reserved_microusd: 0,
  }));
  const debited = await ctx.store.wallets.apply(debits, session);
  const completed = await ctx.store.idempotency.complete(charges.completions, session);
  // A lease was taken over, or a balance has changed since it was read: abort the whole group.
  if (debited !== debits.length || completed !== charges.completions.length) {
    throw unavailable();
  }
  await ctx.store.ledger.append(charges.lines, session);
  await ctx.reach('check.charging');
}
