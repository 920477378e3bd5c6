import { createGroupCommit } from '../../lib/group-commit';
import type { Context } from '../../context';
import { AppError, unavailable } from '../../errors';
import { distinct } from '../../lib/distinct';
import { findAllOrRemoved } from '../identifiers/removed-ids';
import { isUnavailable, Overtaken, type Session } from '../../store';
import type { Completion } from '../../store/idempotency';
import {
  type Charge,
  type ChargeLane,
  type CompanyCharge,
  createChargeLane,
} from '../wallet/charge-lane';
import { answerChecks, type Paid } from './answer-checks';
import { arrive, type ArrivedCheck, type AskedCheck, waitForCallers } from './arrived-check';
import { admit, type CheckAnswer, type CheckCall, type Snapshot } from './decide';
import { MATCH_MODES } from './find-consent';
import { fundChecks } from './fund-checks';
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

export type Check = (asked: AskedCheck) => Promise<CheckResult>;

/**
 * Makes the verb behind `/verify/match` and `/verify/partial-match`. Calls in flight together share
 * one transaction: one snapshot read on the primary, beside which callers are looked up, one ledger
 * page per company, one commit by a majority, beside which the next calls are read and decided. Verdict, charge and idempotency record
 * commit together or not at all.
 *
 * Refuses with `third_party_refused`, `certificate_not_found`, `opted_out`, `insufficient_balance`;
 * `unavailable` when there was no commit within 5 s (the charge may then have happened or not).
 */
export function createCheck({ ctx }: { ctx: Context }): Check {
  const lane = createChargeLane({ ctx });
  const submit = createGroupCommit<ArrivedCheck, CheckResult | typeof NOT_KNOWN_YET>({
    run: (checks, follow) => checkAll(ctx, lane, checks, follow),
    maxSize: MAX_GROUP,
    maxWaiting: MAX_WAITING,
    deadlineMs: DEADLINE_MS,
    isGone: ({ asked }) => asked.isGone?.() ?? false,
    weight: { of: ({ asked }) => asked.text.length, max: MAX_GROUP_CHARACTERS },
    refusal: unavailable,
    isOneRequestsFault: (error) => !isUnavailable(error),
    onGroup: (size) => {
      ctx.metrics.groupCommitSize.observe({ batch: 'checks' }, size);
    },
  });
  return async (asked) => {
    const arrived = arrive(asked);
    for (;;) {
      const result = await submit(arrived);
      if (result !== NOT_KNOWN_YET) return result;
      await arrived.settled;
    }
  };
}

/** The caller of a check is still being looked up. */
const NOT_KNOWN_YET = Symbol('not known yet');

type Verdict = CheckResult | typeof NOT_KNOWN_YET | Error;

async function checkAll(
  ctx: Context,
  lane: ChargeLane,
  checks: ArrivedCheck[],
  follow: () => void,
): Promise<Verdict[]> {
  // Of the latest attempt; known as soon as it is written, so that it is settled whatever fails then.
  const written: Charge[] = [];
  let isOver = false;
  const lost = new Set<string>();
  const settle = (committed: boolean): void => {
    for (const charge of written.splice(0)) charge.settle(committed);
  };
  const write: Write = async (charges, session) => {
    written.push(await lane.write(charges, session));
    // Past the deadline nobody else would say so, and what is built on it would wait for ever.
    if (isOver) settle(false);
  };
  try {
    const verdicts = await ctx.store.transaction(async (session) => {
      // What an attempt before this one has written is not going to be.
      settle(false);
      const judged = await judge(ctx, checks, lost, session);
      const due = judged.filter((one) => 'certificate' in one);
      const served = await serve({ ctx, lane, due, lost, write, session });
      for (const charge of written) if (!(await charge.stands())) throw new Overtaken();
      follow();
      return judged.map((one) => ('verdict' in one ? one.verdict : verdictOn(one, served)));
    });
    settle(true);
    await ctx.reach('check.charged');
    count(ctx, checks, verdicts);
    return verdicts;
  } catch (error) {
    isOver = true;
    settle(false);
    throw error;
  }
}

/**
 * Refuses calls and repeats answers; finds the certificates of the others. They are read while the
 * callers are looked up, but nothing is decided before it is known who is asking.
 */
async function judge(
  ctx: Context,
  checks: ArrivedCheck[],
  lost: ReadonlySet<string>,
  session: Session,
): Promise<({ verdict: Verdict } | Paid)[]> {
  const asked = checks.map((check) => check.asked);
  const [snapshot] = await Promise.all([readSnapshot(ctx, asked, session), waitForCallers(checks)]);
  return checks.map(({ outcome: call }) => {
    if (call === undefined) return { verdict: NOT_KNOWN_YET };
    if (call instanceof Error) return { verdict: call };
    try {
      // Whoever took the key over carries on.
      if (call.heldKey && lost.has(call.heldKey.id)) return { verdict: unavailable() };
      if (call.replay) return { verdict: replay(call, call.replay, snapshot) };
      return { call, certificate: admit(call, snapshot) };
    } catch (error) {
      if (error instanceof AppError) return { verdict: error };
      throw error;
    }
  });
}

async function readSnapshot(
  ctx: Context,
  asked: AskedCheck[],
  session: Session,
): Promise<Snapshot> {
  const certificates = await findAllOrRemoved({
    ctx,
    ids: distinct(asked.map((check) => check.certificateId)),
    find: (ids) => ctx.store.certificates.findForChecks(ids, session),
  });
  const originators = distinct(asked.flatMap((check) => check.originatorCompanyId ?? []));
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

type Write = (charges: CompanyCharge[], session: Session) => Promise<void>;

/** Answers those that the money reaches, and writes the pages that charge them. */
async function serve({
  ctx,
  lane,
  due,
  lost,
  write,
  session,
}: {
  ctx: Context;
  lane: ChargeLane;
  due: Paid[];
  lost: Set<string>;
  write: Write;
  session: Session;
}): Promise<Map<Paid, Verdict>> {
  if (due.length === 0) return new Map();
  const { paid, refused, funds } = await fundChecks({ ctx, lane, due, session });
  const answers = await answerChecks({ ctx, paid, session });
  const verdicts = new Map<Paid, Verdict>(refused);
  for (const [one, answer] of answers) verdicts.set(one, { answer, replayed: false });
  if (paid.length === 0) return verdicts;
  await complete(ctx, answers, lost, session);
  await ctx.reach('check.completing');
  const lines = await linesFor({ ctx, paid, price: ctx.config.prices.check, session });
  const charges = [...lines].flatMap(([companyId, ofCompany]) => {
    const own = funds.get(companyId);
    return own ? [{ companyId, lines: ofCompany, funds: own }] : [];
  });
  await write(charges, session);
  await ctx.reach('check.charging');
  return verdicts;
}

function verdictOn(one: Paid, verdicts: ReadonlyMap<Paid, Verdict>): Verdict {
  const verdict = verdicts.get(one);
  if (!verdict) throw new Error('a check has neither been refused nor answered');
  return verdict;
}

/**
 * Keeps the answers of calls under a key, for whoever repeats them.
 * @param lost gets the keys whose leases have passed to others
 * @throws Overtaken when there are such
 */
async function complete(
  ctx: Context,
  answers: ReadonlyMap<Paid, CheckAnswer>,
  lost: Set<string>,
  session: Session,
): Promise<void> {
  const completions = [...answers].flatMap(([{ call }, answer]): Completion[] => {
    if (!call.heldKey) return [];
    const response = { status: 200, body: JSON.stringify(answer) };
    return [{ id: call.heldKey.id, lease: call.heldKey.lease, response }];
  });
  const completed = await ctx.store.idempotency.complete(completions, session);
  if (completed === completions.length) return;
  // Nothing of the others' may stand with it, so they are done again without.
  for (const id of await ctx.store.idempotency.lost(completions, session)) lost.add(id);
  throw lost.size > 0 ? new Overtaken() : unavailable();
}

function count({ metrics, config }: Context, checks: ArrivedCheck[], verdicts: Verdict[]): void {
  for (const mode of MATCH_MODES) {
    const charged = verdicts.filter((verdict, i) => {
      const isCharge = typeof verdict === 'object' && 'answer' in verdict && !verdict.replayed;
      return isCharge && checks[i]?.asked.mode === mode;
    }).length;
    if (charged === 0) continue;
    const kind = LINE_KINDS[mode];
    metrics.charges.inc({ kind }, charged);
    metrics.chargedMicrousd.inc({ kind }, charged * config.prices.check);
  }
}
