import { createGroupCommit } from '../../lib/group-commit';
import type { Context } from '../../context';
import { AppError, unavailable } from '../../errors';
import { distinct } from '../../lib/distinct';
import { findAllOrRemoved } from '../identifiers/removed-ids';
import { isUnavailable, Overtaken, type Session } from '../../store';
import type { Completion } from '../../store/idempotency';
import { type Charge, type ChargeLane, createChargeLane } from '../wallet/charge-lane';
import { type CheckAnswer, type CheckCall, decide, type Snapshot } from './decide';
import { LINE_KINDS, linesFor } from './lines-for';

const MAX_GROUP = 500;
const MAX_WAITING = 10_000;
/** A caller who is not answered by then is told to try again. */
const DEADLINE_MS = 5_000;
/** Of the texts to compare with. */
const MAX_GROUP_CHARACTERS = 4 * 1024 ** 2;

export interface CheckResult {
  answer: CheckAnswer;
  replayed: boolean;
}

export type Check = (call: CheckCall) => Promise<CheckResult>;

/**
 * Makes the verb behind `/verify/match` and `/verify/partial-match`. Calls in flight together share
 * one transaction: one snapshot read on the primary, one ledger page per company, one commit by a
 * majority, beside which the next calls are read and decided. Verdict, charge and idempotency record
 * commit together or not at all.
 *
 * Refuses with `third_party_refused`, `certificate_not_found`, `opted_out`, `insufficient_balance`;
 * `unavailable` when there was no commit within 5 s (the charge may then have happened or not).
 */
export function createCheck({ ctx }: { ctx: Context }): Check {
  const lane = createChargeLane({ ctx });
  return createGroupCommit<CheckCall, CheckResult>({
    run: (calls, follow) => checkAll(ctx, lane, calls, follow),
    maxSize: MAX_GROUP,
    maxWaiting: MAX_WAITING,
    deadlineMs: DEADLINE_MS,
    isGone: (call) => call.isGone?.() ?? false,
    weight: { of: ({ text }) => text.length, max: MAX_GROUP_CHARACTERS },
    refusal: unavailable,
    isOneRequestsFault: (error) => !isUnavailable(error),
    onGroup: (size) => {
      ctx.metrics.groupCommitSize.observe({ batch: 'checks' }, size);
    },
  });
}

type Verdict = CheckResult | AppError;

async function checkAll(
  ctx: Context,
  lane: ChargeLane,
  calls: CheckCall[],
  follow: () => void,
): Promise<Verdict[]> {
  let charge: Charge | undefined;
  try {
    const verdicts = await ctx.store.transaction(async (session) => {
      // What an attempt before this one has written is not going to be.
      charge?.settle(false);
      const decided = await decideAll(ctx, calls, session);
      const paid = await pay(ctx, lane, decided, session);
      charge = paid.charge;
      if (charge && !(await charge.stands())) throw new Overtaken();
      follow();
      return paid.verdicts;
    });
    charge?.settle(true);
    count(ctx, calls, verdicts);
    return verdicts;
  } catch (error) {
    charge?.settle(false);
    throw error;
  }
}

/** A call and what is to be said to it; to be paid for if it is an answer and no repetition. */
interface Decided {
  call: CheckCall;
  verdict: Verdict;
  ledgerRef?: string | undefined;
}

async function decideAll(ctx: Context, calls: CheckCall[], session: Session): Promise<Decided[]> {
  const snapshot = await readSnapshot(ctx, calls, session);
  return calls.map((call) => {
    const ledgerRef = snapshot.certificates.get(call.certificateId)?.ledger_ref;
    try {
      if (call.replay) return { call, verdict: replay(call, call.replay, snapshot) };
      return { call, verdict: { answer: decide(call, snapshot), replayed: false }, ledgerRef };
    } catch (error) {
      if (error instanceof AppError) return { call, verdict: error };
      throw error;
    }
  });
}

async function readSnapshot(ctx: Context, calls: CheckCall[], session: Session): Promise<Snapshot> {
  const certificates = await findAllOrRemoved({
    ctx,
    ids: distinct(calls.map((call) => call.certificateId)),
    find: (ids) => ctx.store.certificates.findForChecks(ids, session),
  });
  const originators = distinct(calls.flatMap((call) => call.originatorCompanyId ?? []));
  const companies =
    originators.length > 0 ? await ctx.store.companies.findMany(originators, session) : [];
  return { certificates, companies: new Map(companies.map((company) => [company._id, company])) };
}

/** Repeats the first answer, after looking at the flag again. */
function replay(call: CheckCall, first: { body: string }, snapshot: Snapshot): CheckResult {
  if (snapshot.certificates.get(call.certificateId)?.opt_out.revoke) {
    throw new AppError('opted_out');
  }
  return { answer: JSON.parse(first.body) as CheckAnswer, replayed: true };
}

/** Charges in order of arrival; a call that the balance does not cover gets 402. */
async function pay(
  ctx: Context,
  lane: ChargeLane,
  decided: Decided[],
  session: Session,
): Promise<{ verdicts: Verdict[]; charge: Charge | undefined }> {
  const price = ctx.config.prices.check;
  const due = decided.filter(({ verdict }) => isCharged(verdict));
  const needs = new Map<string, number>();
  for (const { call } of due) {
    needs.set(call.company._id, (needs.get(call.company._id) ?? 0) + price);
  }
  if (needs.size === 0)
    return { verdicts: decided.map(({ verdict }) => verdict), charge: undefined };
  const funds = await lane.funds(needs, session);
  const left = new Map([...funds].map(([id, { availableMicrousd }]) => [id, availableMicrousd]));
  const refused = new Map<Decided, AppError>();
  for (const one of due) {
    const { _id: companyId } = one.call.company;
    const available = left.get(companyId);
    if (available === undefined) refused.set(one, unavailable());
    else if (available < price) refused.set(one, new AppError('insufficient_balance'));
    else left.set(companyId, available - price);
  }
  const paid = due.filter((one) => !refused.has(one));
  const charges = [...(await linesFor({ ctx, paid, price, session }))].flatMap(
    ([companyId, lines]) => {
      const one = funds.get(companyId);
      return one ? [{ companyId, lines, funds: one }] : [];
    },
  );
  await complete(ctx, paid, session);
  const charge = charges.length > 0 ? await lane.write(charges, session) : undefined;
  await ctx.reach('check.charging');
  return { verdicts: decided.map((one) => refused.get(one) ?? one.verdict), charge };
}

function isCharged(verdict: Verdict): boolean {
  return !(verdict instanceof AppError) && !verdict.replayed;
}

/** Keeps the answers of calls under a key, for whoever repeats them. */
async function complete(ctx: Context, paid: Decided[], session: Session): Promise<void> {
  const completions = paid.flatMap(({ call: { heldKey }, verdict }): Completion[] => {
    if (!heldKey || verdict instanceof AppError) return [];
    const response = { status: 200, body: JSON.stringify(verdict.answer) };
    return [{ id: heldKey.id, lease: heldKey.lease, response }];
  });
  const completed = await ctx.store.idempotency.complete(completions, session);
  // A lease was taken over: abort the whole group.
  if (completed !== completions.length) throw unavailable();
}

function count(ctx: Context, calls: CheckCall[], verdicts: Verdict[]): void {
  calls.forEach((call, i) => {
    const verdict = verdicts[i];
    if (!verdict || !isCharged(verdict)) return;
    const kind = LINE_KINDS[call.mode];
    ctx.metrics.charges.inc({ kind });
    ctx.metrics.chargedMicrousd.inc({ kind }, ctx.config.prices.check);
  });
}
