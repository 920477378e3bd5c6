import type { Context } from '../../../context';
import { distinct } from '../../../lib/distinct';
import type { Batch } from '../../../store/batches';
import type { NamedCertificate } from '../../../store/certificate-revoking';
import { removedIds } from '../../identifiers/removed-ids';
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
  /** The election of the primary that was asked, see `Store.election`. */
  election: number;
}

type Named = Pick<LookedUp, 'rows' | 'certificates' | 'named'>;

/**
 * Looks up what rows name, once their opt-outs are remembered. A snapshot is enough: older consent that
 * comes later is revoked from birth, and newer consent does not count.
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
  const election = ctx.store.election();
  for (let some = asked; ; some = some.slice(0, some.length >> 1)) {
    const { rows, found } = await find(ctx, batch, some, MAX_CERTIFICATES + 1);
    if (found.length <= MAX_CERTIFICATES) {
      return { asked, ...named(batch, rows, found), isOversized: false, election };
    }
    if (some.length === 1) {
      const whole = some.map((row) => withRemoved(ctx, row, () => true));
      return { asked, ...named(batch, whole, []), isOversized: true, election };
    }
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
  if (rows.length >= count) return named(batch, rows.slice(0, count), certificates);
  const again = await find(ctx, batch, asked.slice(0, count), 0);
  return named(batch, again.rows, again.found);
}

function named({ requested_at }: Batch, rows: JudgedRow[], found: NamedCertificate[]): Named {
  // What is younger than the request is new consent; what is older counts, however late it arrives.
  const certificates = found.filter(
    ({ created_at, consented_at = created_at }) => consented_at <= requested_at,
  );
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

/**
 * What rows name and, for ids that there are not, what a clean-up may have left of them. In this
 * order nothing is missed, as an id is replaced once and for all.
 * @param limit 0: no limit
 * @returns the rows with what they name in the end
 */
async function find(ctx: Context, { company_id }: Batch, rows: JudgedRow[], limit: number) {
  const { certificates } = ctx.store;
  const keys = keysOf(rows);
  const found = await certificates.findForRows(company_id, keys, limit);
  if (keys.ids.length === 0 || (limit > 0 && found.length >= limit)) return { rows, found };
  const known = new Set(found.map(({ _id }) => _id));
  const isMissing = (id: string): boolean => !known.has(id);
  if (!keys.ids.some(isMissing)) return { rows, found };
  const whole = rows.map((row) => withRemoved(ctx, row, isMissing));
  const tried = new Set([...known, ...keys.ids]);
  const ids = keysOf(whole).ids.filter((id) => !tried.has(id));
  const nobody = { email_hashes: [], mobile_hashes: [] };
  const left = await certificates.findForRows(company_id, { ids, ...nobody }, limit);
  return { rows: whole, found: [...found, ...left] };
}

/** The row, naming also what may have taken the place of the ids that are replaced. */
function withRemoved(ctx: Context, row: JudgedRow, isReplaced: (id: string) => boolean): JudgedRow {
  const replaced = row.ids.filter(isReplaced);
  if (replaced.length === 0) return row;
  return { ...row, ids: [...row.ids, ...replaced.flatMap((id) => removedIds({ ctx, id }))] };
}
