// Collections `ledger_pages` and, of earlier releases, `ledger_lines`: read as one.
import type { Actor } from './actor';
import type { Session } from './connection';
import type { DaySum, LedgerKind, LedgerLine, LedgerLineStore } from './ledger-lines';
import type { LedgerPage, LedgerPageStore } from './ledger-pages';
import { type Page, type PageRequest, placeOf, type Position, toPage } from './paging';

export type { DaySum, LedgerKind };

/** One movement of money. */
export interface LedgerEntry {
  /** The key of what was paid, or where the movement stands. */
  id: string;
  kind: LedgerKind;
  /** Signed µUSD: top-ups above zero, charges below. */
  amount_microusd: number;
  at: Date;
  /** The certificate that it paid for: by its id, or by its `ledger_ref`. */
  certificate_id: string | null;
  certificate_ref: string | null;
  actor: Actor;
  ip: string | null;
}

/** An entry, and its place in the list. */
type Placed = LedgerEntry & { place: string };

/** How the places of entries on pages begin; no key of an earlier release's line does. */
const ON_PAGE = 'page:';
const INDEX_DIGITS = 4;
const PAGES_READ_AT_ONCE = 20;

/** The ledger; its sums are the truth about money. */
export function ledgerStore(pages: LedgerPageStore, lines: LedgerLineStore) {
  return {
    /**
     * Writes pages, all of them or none.
     * @throws Overtaken when somebody else was faster with a page; a duplicate (see `isDuplicate`) when
     * a key has been paid for, be it under an earlier release
     */
    append: async (written: LedgerPage[], session: Session): Promise<void> => {
      const keys = written.flatMap((page) => page.keys ?? []);
      if (keys.length > 0) await lines.refusePaid(keys, session);
      await pages.insert(written, session);
    },
    /** Sum of a company's movements in µUSD, optionally only those at or after `from`. */
    sum: async (companyId: string, from: Date | null, session?: Session): Promise<number> =>
      (await pages.sum(companyId, from, session)) + (await lines.sum(companyId, from, session)),
    /** Movements and µUSD per kind in a half-open time window, in order of kind. */
    sumByKind: async (companyId: string, from: Date, to: Date) => {
      const both = [
        ...(await pages.sumByKind(companyId, from, to)),
        ...(await lines.sumByKind(companyId, from, to)),
      ];
      const kinds = new Map<LedgerKind, (typeof both)[number]>();
      for (const one of both) {
        const sum = kinds.get(one._id) ?? { _id: one._id, lines: 0, amount_microusd: 0 };
        sum.lines += one.lines;
        sum.amount_microusd += one.amount_microusd;
        kinds.set(one._id, sum);
      }
      return [...kinds.values()].sort((a, b) => (a._id < b._id ? -1 : 1));
    },
    /**
     * Movements and µUSD per UTC day and kind in a half-open time window (no `to`: until now), by day,
     * in order of kind.
     */
    sumByDay: async (companyId: string, from: Date, to?: Date): Promise<DaySum[]> => {
      const sums = new Map<string, DaySum>();
      const [onPages, older] = await Promise.all([
        pages.sumByDay(companyId, from, to),
        lines.sumByDay(companyId, from, to),
      ]);
      for (const one of [...onPages, ...older]) {
        const key = `${one.day} ${one.kind}`;
        const sum = sums.get(key);
        sums.set(key, sum ? added(sum, one) : one);
      }
      return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
    },
    /**
     * A company's movements, newest first; those of earlier releases come last.
     * @throws AppError invalid_request naming `cursor`
     */
    list: async (companyId: string, { limit, cursor }: PageRequest): Promise<Page<LedgerEntry>> => {
      const after = placeOf(cursor);
      const read: Placed[] = [];
      if (!after || after.id.startsWith(ON_PAGE)) {
        const from = after && { at: after.at, id: pageOfPlace(after.id) };
        const found = pages.newestFirst(companyId, from).batchSize(PAGES_READ_AT_ONCE);
        for await (const page of found) {
          read.push(...entriesOfPage(page, after));
          if (read.length > limit) break;
        }
      }
      if (read.length <= limit) {
        const from = after?.id.startsWith(ON_PAGE) ? null : after;
        const older = await lines.newestFirst(companyId, from, limit + 1 - read.length);
        read.push(...older.map(entryOfLine));
      }
      return toPage(read, limit, ({ at, place }) => ({ at, id: place }));
    },
  };
}

function added(sum: DaySum, more: DaySum): DaySum {
  const amount_microusd = sum.amount_microusd + more.amount_microusd;
  return { ...sum, lines: sum.lines + more.lines, amount_microusd };
}

/** Newest first, and only those after the given place. */
function entriesOfPage(page: LedgerPage, after: Position | null): Placed[] {
  const entries = page.lines.flatMap((line) =>
    line.certificate_refs.map((ref, i) => ({ line, ref, key: line.keys?.[i] })),
  );
  return entries
    .map(({ line, ref, key }, i): Placed => {
      const place = `${ON_PAGE}${page._id}:${String(i).padStart(INDEX_DIGITS, '0')}`;
      const { kind, amount_microusd, actor, ip } = line;
      return {
        place,
        id: key ?? place,
        kind,
        amount_microusd,
        at: page.at,
        certificate_id: null,
        certificate_ref: ref,
        actor,
        ip,
      };
    })
    .filter(({ at, place }) => !after || at < after.at || place < after.id)
    .reverse();
}

function pageOfPlace(place: string): string {
  return place.slice(ON_PAGE.length, -(INDEX_DIGITS + 1));
}

function entryOfLine(line: LedgerLine): Placed {
  const { _id, company_id: _company, certificate_ref = null, ...rest } = line;
  return { ...rest, place: _id, id: _id, certificate_ref };
}
