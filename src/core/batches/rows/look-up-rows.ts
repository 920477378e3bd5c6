import type { Context } from '../../../context';
import { distinct } from '../../../lib/distinct';
import type { Batch } from '../../../store/batches';
import type { NamedCertificate } from '../../../store/certificate-revoking';
import type { JudgedRow } from './judge-row';
import { nameByRow } from './match-rows';

/** The most certificates of one look-up; where rows name more, it takes fewer rows. */
const MAX_CERTIFICATES = 20_000;

/** Rows with every certificate that they name. */
export interface LookedUp {
  asked: JudgedRow[];
  /** The first of those asked about, perhaps not all. */
  rows: JudgedRow[];
  certificates: NamedCertificate[];
  /** The certificates that each row names. */
  named: NamedCertificate[][];
  /** It is a single row that names too many certificates for a look-up. */
  isOversized: boolean;
}

type Named = Pick<LookedUp, 'rows' | 'certificates' | 'named'>;

/**
 * Looks up what rows name, all in one query. A snapshot is enough, as what came after the
 * request does not count.
 */
export async function lookUpRows({
  ctx,
  batch,
  asked,
}: {
  ctx: Context;
  batch: Batch;
  asked: JudgedRow[];
}): Promise<LookedUp> {
  for (let rows = asked; ; rows = rows.slice(0, rows.length >> 1)) {
    const found = await find(ctx, batch, rows, MAX_CERTIFICATES + 1);
    if (found.length <= MAX_CERTIFICATES) {
      return { asked, ...named(batch, rows, found), isOversized: false };
    }
    if (rows.length === 1) return { asked, ...named(batch, rows, []), isOversized: true };
  }
}

/** The first `count` rows with what they name: those that a process that died had recorded. */
export async function lookUpExactly({
  ctx,
  batch,
  looked,
  count,
}: {
  ctx: Context;
  batch: Batch;
  looked: LookedUp;
  count: number;
}): Promise<Named> {
  const { asked, rows, certificates } = looked;
  const recorded = asked.slice(0, count);
  const enough = rows.length >= count;
  return named(batch, recorded, enough ? certificates : await find(ctx, batch, recorded, 0));
}

function named({ requested_at }: Batch, rows: JudgedRow[], found: NamedCertificate[]): Named {
  // What is younger than the request is new consent.
  const certificates = found.filter(({ created_at }) => created_at <= requested_at);
  return { rows, certificates, named: nameByRow(rows, certificates) };
}

/** Everything that rows name, as the store takes it. */
export function keysOf(rows: JudgedRow[]) {
  return {
    ids: distinct(rows.flatMap((row) => row.ids)),
    email_hashes: distinct(rows.flatMap((row) => row.email_hashes)),
    mobile_hashes: distinct(rows.flatMap((row) => row.mobile_hashes)),
  };
}

/** @param limit 0: no limit */
function find({ store }: Context, { company_id }: Batch, rows: JudgedRow[], limit: number) {
  return store.certificates.findForRows(company_id, keysOf(rows), limit);
}
