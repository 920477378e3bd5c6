import type { Caller, Context } from '../../src/context';
import {
  COUNTER,
  emptyLane,
  pageAfter,
  pagesFor,
  sumOfLanes,
  sumOfLines,
} from '../../src/core/wallet/lanes';
import { LINE_KINDS } from '../../src/core/verification/lines-for';
import { DAY_MS, MINUTE_MS } from '../../src/lib/durations';
import { newId } from '../../src/lib/random-ids';
import type { Certificate } from '../../src/store/certificates';
import { type Head, headOf, type PageLine } from '../../src/store/ledger-pages';
import type { Calendar, Day } from './calendar';
import type { Company } from './company';
import { createDice, oneOf } from './dice';
import { COMPANY_ID, noteChange, OPERATOR, type Past } from './past';
import type { RetentionMove } from './retentions';

/** Of a usual day in the middle of the time. */
const CHECKS_A_DAY = 1_400;
/** As if those of this long had been committed together. */
const CHECKS_EVERY_MS = 30 * MINUTE_MS;
/** Days on which money was paid in, and what should be left in the end. */
const TOP_UP_DAYS = [0, 19, 37, 52, 66, 79] as const;
const TOP_UP_STEP_MICROUSD = 25_000_000;
const LEFT_MICROUSD = 400_000_000;
/** The lane in which a process that has no rival writes its checks. */
const CHECK_LANE = 1;
const SEED = 15_000;

/** What one transaction does to the money. */
interface Move {
  at: Date;
  lane: number;
  lines: PageLine[];
  reservedMicrousd?: number;
}

/** Writes the ledger: checks of each day, paid retentions, and the top-ups that they took. */
export function makeLedger(
  ctx: Context,
  past: Past,
  calendar: Calendar,
  company: Company,
  retentions: RetentionMove[],
): void {
  const spent: Move[] = [
    ...makeChecks(ctx, past.certificates, calendar, company),
    ...retentions.map((move) => ({ ...move, lane: COUNTER })),
  ];
  const moves = [...makeTopUps(calendar, spent), ...spent];
  moves.sort((a, b) => a.at.getTime() - b.at.getTime());
  openWallet(past, calendar);
  const heads = new Map<number, Head>([[COUNTER, { ...emptyLane(COUNTER), sequence: 0 }]]);
  for (const move of moves) write(ctx, past, heads, move);
}

/** The first page of a new company. */
function openWallet(past: Past, { founded }: Calendar): void {
  past.ledgerPages.push(pageAfter(emptyLane(COUNTER), COMPANY_ID, { lines: [] }, founded));
}

function write(ctx: Context, past: Past, heads: Map<number, Head>, move: Move): void {
  const { at, lane, reservedMicrousd = 0 } = move;
  const { balance_microusd: balance } = sumOfLanes([...heads.values()]);
  const lines = move.lines.map((line) => {
    if (line.kind !== 'top_up') return line;
    const [entryId = ''] = line.keys ?? [];
    noteChange(ctx, past, { action: 'wallet.topped_up', entryId, at, caller: OPERATOR });
    return { ...line, balance_after_microusd: balance + line.amount_microusd };
  });
  const own = heads.get(lane) ?? emptyLane(lane);
  const others = [...heads.values()].filter((head) => head.lane !== lane);
  const pages = pagesFor(COMPANY_ID, own, others, { lines, reservedMicrousd }, at);
  for (const page of [pages.own, ...pages.given]) {
    past.ledgerPages.push(page);
    heads.set(headOf(page).lane, headOf(page));
  }
}

function makeChecks(
  ctx: Context,
  certificates: Certificate[],
  { days }: Calendar,
  company: Company,
): Move[] {
  const dice = createDice(SEED);
  let there = 0;
  const checksAt = (at: Date, usual: number): Move => {
    while ((certificates[there]?.created_at ?? at) < at) there += 1;
    const count = there === 0 ? 0 : Math.round(usual * (0.7 + 0.6 * dice()));
    const checked = Array.from({ length: count }, () => liveOne(certificates, there, at, dice));
    return { at, lane: CHECK_LANE, lines: linesOf(ctx, checked, company, dice) };
  };
  const moves = days.flatMap((day) => {
    const times = timesOf(day, dice);
    return times.map((at) => checksAt(at, (day.weight * CHECKS_A_DAY) / times.length));
  });
  return moves.filter(({ lines }) => lines.length > 0);
}

function timesOf({ from, to }: Day, dice: () => number): Date[] {
  const count = Math.floor((to.getTime() - from.getTime()) / CHECKS_EVERY_MS);
  return Array.from(
    { length: count },
    (_, i) => new Date(Math.floor(from.getTime() + (i + dice()) * CHECKS_EVERY_MS)),
  );
}

/** More often a young one; one that was revoked by then would not have been charged. */
function liveOne(
  certificates: Certificate[],
  there: number,
  at: Date,
  dice: () => number,
): Certificate {
  for (;;) {
    const certificate = certificates[Math.floor(Math.sqrt(dice()) * there)];
    const revokedAt = certificate?.opt_out.revoked_at;
    if (certificate && (!revokedAt || revokedAt > at)) return certificate;
  }
}

/** As checks are charged: one line for all that differ only in their certificate. */
function linesOf(
  ctx: Context,
  checked: Certificate[],
  { callCenter, site }: Company,
  dice: () => number,
): PageLine[] {
  const lines = new Map<string, PageLine>();
  for (const certificate of checked) {
    const mode = dice() < 0.75 ? 'match' : 'partial-match';
    const caller: Caller = oneOf([callCenter, callCenter, site], dice());
    const alike = `${mode} ${caller.actor.type}`;
    const line: PageLine = lines.get(alike) ?? {
      kind: LINE_KINDS[mode],
      amount_microusd: 0 - ctx.config.prices.check,
      actor: caller.actor,
      ip: caller.ip,
      certificate_refs: [],
    };
    line.certificate_refs.push(certificate.ledger_ref ?? null);
    lines.set(alike, line);
  }
  return [...lines.values()];
}

/** Each covers what is spent until the next one; never less is left than at the end. */
function makeTopUps({ founded }: Calendar, spent: Move[]): Move[] {
  let paidMicrousd = 0;
  return TOP_UP_DAYS.map((day, i): Move => {
    const next = TOP_UP_DAYS[i + 1] ?? Infinity;
    const neededMicrousd = LEFT_MICROUSD + spentBefore(founded.getTime() + next * DAY_MS, spent);
    const steps = Math.ceil((neededMicrousd - paidMicrousd) / TOP_UP_STEP_MICROUSD);
    const amountMicrousd = Math.max(1, steps) * TOP_UP_STEP_MICROUSD;
    paidMicrousd += amountMicrousd;
    const at = new Date(founded.getTime() + day * DAY_MS + 30 * MINUTE_MS);
    return { at, lane: COUNTER, lines: [topUpLine(amountMicrousd)] };
  });
}

function topUpLine(amount_microusd: number): PageLine {
  const { actor, ip } = OPERATOR;
  const keys = [`topup:${newId('op')}`];
  return { kind: 'top_up', amount_microusd, actor, ip, certificate_refs: [null], keys };
}

function spentBefore(time: number, spent: Move[]): number {
  const before = spent.filter(({ at }) => at.getTime() < time);
  return before.reduce((sum, { lines }) => sum - sumOfLines(lines), 0);
}
