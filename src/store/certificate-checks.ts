// Collection `certificate_checks`, made from the pages of the ledger.
import { type Connection, Schema } from 'mongoose';
import { DAY_MS } from '../lib/durations';
import { atMost } from './connection';
import { CHECK_KINDS, UTC_DAY } from './ledger-lines';
import type { LedgerPage, PageLine } from './ledger-pages';

/** How often a certificate was checked on a UTC day. */
export interface CheckedOn {
  /** `YYYY-MM-DD` */
  day: string;
  count: number;
  first: Date;
  last: Date;
}

/** The checks that a company paid for on one day, of the certificates whose refs begin alike. */
export interface ChecksOfDay {
  /** `<company id>:<how the refs begin>:<day>` */
  _id: string;
  company_id: string;
  day: string;
  /** Its start. */
  at: Date;
  /** By what the ledger calls the certificate. */
  checks: (Omit<CheckedOn, 'day'> & { ref: string })[];
}

/** What of a page of the ledger is about checks. */
export interface CheckPage {
  at: Date;
  lines: Pick<PageLine, 'kind' | 'certificate_refs'>[];
}

const KEPT_MS = 400 * DAY_MS;
/** Of a `ledger_ref` after `crt_`, which is as good as random: 64 or 4,096 documents a day, each of a few hundred. */
const WIDTHS = [1, 2] as const;
const MANY_CHECKS = 20_000;
const REF_PREFIX_CHARACTERS = 4;
/** Somebody waits for the page that shows them. */
const READ_MS = 1_000;
const MAX_OPEN_PAGES = 10_000;
const PAGES_READ_AT_ONCE = 200;
const WRITES_AT_A_TIME = 200;

const schema = new Schema<ChecksOfDay>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    day: { type: String, required: true },
    at: { type: Date, required: true },
    checks: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false },
).index({ at: 1 }, { expireAfterSeconds: KEPT_MS / 1_000 });

/** Checks of certificates by the day; gone after 400 days. */
export function certificateCheckStore(connection: Connection) {
  connection.model('CertificateChecks', schema, 'certificate_checks');
  const collection = connection.collection<ChecksOfDay>('certificate_checks');
  const pages = connection.collection('ledger_pages');
  return {
    /** What a company's pages in a half-open time window charge for checks, as they are read. */
    pages: (companyId: string, from: Date, to: Date) =>
      pages.find<CheckPage>(
        { company_id: companyId, at: { $gte: from, $lt: to }, 'lines.kind': { $in: CHECK_KINDS } },
        {
          projection: { at: 1, 'lines.kind': 1, 'lines.certificate_refs': 1 },
          batchSize: PAGES_READ_AT_ONCE,
        },
      ),
    /** Puts these in the place of those with the same ids. */
    put: async (documents: ChecksOfDay[]): Promise<void> => {
      for (let from = 0; from < documents.length; from += WRITES_AT_A_TIME) {
        const some = documents.slice(from, from + WRITES_AT_A_TIME);
        await collection.bulkWrite(
          some.map(({ _id, ...replacement }) => ({
            replaceOne: { filter: { _id }, replacement, upsert: true },
          })),
          { ordered: false },
        );
      }
    },
    /**
     * The newest days before a day on which a certificate was checked, newest first.
     * @throws when it takes too long, see `isOverTime`
     */
    find: async (companyId: string, ref: string, beforeDay: string, limit: number) => {
      const found = await Promise.all(
        WIDTHS.map((width) => {
          const chain = `${companyId}:${beginning(ref, width)}`;
          return collection
            .find<Pick<ChecksOfDay, 'day' | 'checks'>>(
              { _id: { $gte: `${chain}:`, $lt: `${chain}:${beforeDay}` }, 'checks.ref': ref },
              {
                ...atMost(connection, READ_MS),
                projection: { day: 1, checks: { $elemMatch: { ref } } },
              },
            )
            .sort({ _id: -1 })
            .limit(limit)
            .toArray();
        }),
      );
      return found
        .flat()
        .flatMap(({ day, checks }) => checks.map(({ ref: _ref, ...rest }) => ({ day, ...rest })))
        .sort((a, b) => (a.day < b.day ? 1 : -1))
        .slice(0, limit);
    },
    /**
     * Pages of a company that name a certificate, in a closed time window, newest first, after one
     * of them.
     * @throws when it takes longer than `ms`, see `isOverTime`
     */
    pagesNaming: (
      companyId: string,
      ref: string,
      { from, to }: { from: Date; to: Date },
      {
        after,
        limit,
        ms,
      }: { after: Pick<LedgerPage, '_id' | 'at'> | null; limit: number; ms: number },
    ) => {
      const earlier = after && {
        $or: [{ at: { $lt: after.at } }, { at: after.at, _id: { $lt: after._id } }],
      };
      const named = { 'lines.certificate_refs': ref, ...earlier };
      return connection
        .collection<LedgerPage>('ledger_pages')
        .find(
          { company_id: companyId, at: { $gte: from, $lte: to }, ...named },
          atMost(connection, ms),
        )
        .sort({ at: -1, _id: -1 })
        .limit(limit)
        .toArray();
    },
    /**
     * The same from the ledger itself, for days since `from`, newest first.
     * @returns null where there are too many pages
     * @throws when it takes too long, see `isOverTime`
     */
    findOnPages: async (
      companyId: string,
      ref: string,
      from: Date,
    ): Promise<CheckedOn[] | null> => {
      const since = { company_id: companyId, at: { $gte: from } };
      const inTime = atMost(connection, READ_MS);
      const limit = MAX_OPEN_PAGES + 1;
      if ((await pages.countDocuments(since, { ...inTime, limit })) === limit) return null;
      const mine = { $filter: { input: '$refs', cond: { $eq: ['$$this', { $literal: ref }] } } };
      return pages
        .aggregate<CheckedOn>(
          [
            { $match: { ...since, 'lines.certificate_refs': ref } },
            ...checksOnPages(),
            { $set: { mine: { $size: mine } } },
            { $match: { mine: { $gt: 0 } } },
            {
              $group: {
                _id: UTC_DAY,
                count: { $sum: '$mine' },
                first: { $min: '$at' },
                last: { $max: '$at' },
              },
            },
            { $sort: { _id: -1 } },
            { $project: { _id: 0, day: '$_id', count: 1, first: 1, last: 1 } },
          ],
          inTime,
        )
        .toArray();
    },
  };
}

/** What a page's lines charge for checks: `at`, and `refs` of the certificates. */
function checksOnPages(): object[] {
  return [
    { $unwind: '$lines' },
    { $match: { 'lines.kind': { $in: CHECK_KINDS } } },
    { $project: { at: 1, refs: '$lines.certificate_refs' } },
  ];
}

/** How the refs begin that share a document; `checks` is how many there were on the day. */
export function bucketOf(ref: string, checks: number): string {
  return beginning(ref, checks > MANY_CHECKS ? WIDTHS[1] : WIDTHS[0]);
}

function beginning(ref: string, width: number): string {
  return ref.slice(REF_PREFIX_CHARACTERS, REF_PREFIX_CHARACTERS + width);
}
