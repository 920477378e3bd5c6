import { createGroupCommit } from '../../lib/group-commit';
import type { Context } from '../../context';
import { AppError, unavailable } from '../../errors';
import { isUnavailable, Overtaken, type Session } from '../../store';
import {
  type Charge,
  type ChargeLane,
  type CompanyCharge,
  createChargeLane,
} from '../wallet/charge-lane';
import { answerChecks, type Paid } from './answer-checks';
import {
  arrive,
  type ArrivedCheck,
  type AskedCheck,
  type AskedContactCheck,
} from './arrived-check';
import type { ContactAnswer } from '../contacts/contact';
import { completeKeys } from './complete-keys';
import type { CheckAnswer } from './decide';
import { fundChecks } from './fund-checks';
import { noteCheckers } from './note-checkers';
import { type CheckResult, judgeChecks, NOT_KNOWN_YET, type Verdict } from './judge-checks';
import { LINE_KINDS, linesFor } from './lines-for';
import { checkReceiptId } from './receipt-id';

const MAX_GROUP = 500;
/** Of one company's calls while others send some, too: the next of theirs need not wait for more. */
const MAX_SHARE = 64;
const MAX_WAITING = 10_000;
/** A caller who is not answered by then is told to try again. */
const DEADLINE_MS = 5_000;
/** Of the texts to compare with. */
const MAX_GROUP_CHARACTERS = 4 * 1024 ** 2;
/** What a term counts for that is looked for in several certificates. */
const TERM_CHARACTERS = 64 * 1024;

/** Checks a certificate or a contact. */
export interface Check {
  (asked: AskedContactCheck): Promise<CheckResult<ContactAnswer>>;
  (asked: AskedCheck): Promise<CheckResult<CheckAnswer>>;
}

/**
 * Makes the verb behind `/verify/match`, `/verify/partial-match` and `/contact/check`. Calls in flight together share
 * one transaction: one snapshot read on the primary, beside which callers are looked up, one ledger
 * page per company, one commit by a majority, beside which the next calls are read and decided.
 * Verdict, charge and idempotency record commit together or not at all.
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
    // Who has been refused need not be waited with either.
    isGone: ({ asked, outcome }) => outcome instanceof Error || asked.isGone?.() === true,
    weight: { of: ({ asked }) => weigh(asked), max: MAX_GROUP_CHARACTERS },
    share: { of: ({ asked }) => asked.sharer, max: MAX_SHARE },
    refusal: unavailable,
    isOneRequestsFault: (error) => !isUnavailable(error),
    onGroup: (size) => {
      ctx.metrics.groupCommitSize.observe({ batch: 'checks' }, size);
    },
  });
  const check = async (asked: ArrivedCheck['asked']): Promise<CheckResult> => {
    const arrived = arrive(asked);
    try {
      for (;;) {
        const result = await submit(arrived);
        if (result !== NOT_KNOWN_YET) return result;
        await arrived.settled;
      }
    } catch (error) {
      // That somebody is not allowed to ask comes before that there is no answer now.
      await arrived.settled;
      throw arrived.outcome instanceof Error ? arrived.outcome : error;
    }
  };
  // Each question is given an answer of its own kind.
  return check as Check;
}

function weigh(asked: ArrivedCheck['asked']): number {
  if (asked.mode !== 'contact') return asked.text.length;
  return asked.contact.term === undefined ? 0 : TERM_CHARACTERS;
}

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
    const charge = await lane.write(charges, session);
    written.push(charge);
    // Past the deadline nobody else would say so, and what is built on it would wait for ever.
    if (isOver) settle(false);
    return charge.pageIds;
  };
  try {
    const verdicts = await ctx.store.transaction(async (session) => {
      // What an attempt before this one has written is not going to be.
      settle(false);
      const judged = await judgeChecks({ ctx, checks, lost, session });
      const due = judged.filter((one) => 'call' in one);
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

/** @returns the page of each company */
type Write = (charges: CompanyCharge[], session: Session) => Promise<Charge['pageIds']>;

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
  if (paid.length === 0) return verdicts;
  await noteCheckers({ ctx, answers, session });
  await completeKeys({ ctx, answers, lost, session });
  await ctx.reach('check.completing');
  const price = ctx.config.prices.check;
  const { lines, places } = await linesFor({ ctx, answers, price, session });
  const charges = [...lines].flatMap(([companyId, ofCompany]) => {
    const own = funds.get(companyId);
    return own ? [{ companyId, lines: ofCompany, funds: own }] : [];
  });
  const pageIds = await write(charges, session);
  await ctx.reach('check.charging');
  for (const [one, answer] of answers) {
    const [pageId, place] = [pageIds.get(one.call.company._id), places.get(one)];
    const receiptId = pageId && place ? checkReceiptId(pageId, place) : undefined;
    verdicts.set(one, { answer, replayed: false, receiptId });
  }
  return verdicts;
}

function verdictOn(one: Paid, verdicts: ReadonlyMap<Paid, Verdict>): Verdict {
  const verdict = verdicts.get(one);
  if (!verdict) throw new Error('a check has neither been refused nor answered');
  return verdict;
}

function count(ctx: Context, checks: ArrivedCheck[], verdicts: Verdict[]): void {
  const { activity, metrics, config } = ctx;
  verdicts.forEach((verdict, i) => {
    const by = checks[i]?.outcome;
    if (!(verdict instanceof AppError) || verdict.code !== 'opted_out') return;
    if (by && 'company' in by) activity.count(by.company._id, 'refused_checks');
  });
  for (const [mode, kind] of Object.entries(LINE_KINDS)) {
    const charged = verdicts.filter((verdict, i) => {
      const isCharge = typeof verdict === 'object' && 'answer' in verdict && !verdict.replayed;
      return isCharge && checks[i]?.asked.mode === mode;
    }).length;
    if (charged === 0) continue;
    metrics.charges.inc({ kind }, charged);
    metrics.chargedMicrousd.inc({ kind }, charged * config.prices.check);
  }
}
