import type { Context } from '../../../context';
import type { Batch } from '../../../store/batches';
import type { NamedCertificate } from '../../../store/certificate-revoking';
import type { JudgedRow } from './judge-row';
import { nameByRow } from './match-rows';

/** More certificates are not looked at together: fewer rows are taken instead. */
const MAX_CERTIFICATES = 20_000;

/** Rows with every certificate that they name. */
export interface LookedUp {
  asked: JudgedRow[];
  /** The first of those that were asked about, perhaps not all. */
  rows: JudgedRow[];
  certificates: NamedCertificate[];
  /** Those of each row. */
  named: NamedCertificate[][];
  /** A single row that names more certificates than are looked at together. */
  isOversized: boolean;
}

type Named = Pick<LookedUp, 'rows' | 'certificates' | 'named'>;

/**
 * Looks up what rows name, all in one query. A majority read is enough, as what came after the
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

/** The first `count` rows with what they name: as many as a process that died had written down. */
export async function exactly({
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

/** Everything that rows name, in the terms of the store. */
export function keysOf(rows: JudgedRow[]) {
  return {
    ids: distinct(rows.flatMap((row) => row.ids)),
    email_hashes: distinct(rows.flatMap((row) => row.email_hashes)),
    mobile_hashes: distinct(rows.flatMap((row) => row.mobile_hashes)),
  };
}

/** @param limit 0: none */
function find({ store }: Context, { company_id }: Batch, rows: JudgedRow[], limit: number) {
  return store.certificates.findForRows(company_id, keysOf(rows), limit);
}

function distinct(values: string[]): string[] {
  return [...new Set(values)];
}
