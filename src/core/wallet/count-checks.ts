import type { Context } from '../../context';
import { bucketOf, type CheckPage, type ChecksOfDay } from '../../store/certificate-checks';
import { CHECK_KINDS } from '../../store/ledger-lines';
import { startOfDay } from './utc-day';

type Counts = Map<string, ChecksOfDay['checks'][number]>;

/** Bounds the memory that it takes: of a busier day the pages are read several times. */
const CHECKS_AT_A_TIME = 250_000;

/**
 * Counts the checks of a company's day by certificate, from the ledger, and writes them down. A repeat
 * writes the same.
 * @param checks how many there are
 */
export async function countChecks({
  ctx,
  companyId,
  day,
  from,
  to,
  checks,
}: {
  ctx: Context;
  companyId: string;
  day: string;
  from: Date;
  to: Date;
  checks: number;
}): Promise<void> {
  const store = ctx.store.certificateChecks;
  const parts = Math.ceil(checks / CHECKS_AT_A_TIME);
  for (let part = 0; part < parts; part++) {
    const counts: Counts = new Map();
    const isMine = (ref: string) => bucketOf(ref, checks).charCodeAt(0) % parts === part;
    for await (const page of store.pages(companyId, from, to)) addChecks(counts, page, isMine);
    await store.put(checksOfDay(companyId, day, counts, checks));
  }
}

/** Adds what a page charges for checks. */
export function addChecks(
  counts: Counts,
  { at, lines }: CheckPage,
  isMine: (ref: string) => boolean = () => true,
): void {
  for (const { kind, certificate_refs } of lines) {
    if (!CHECK_KINDS.includes(kind)) continue;
    for (const ref of certificate_refs) {
      if (ref === null || !isMine(ref)) continue;
      const known = counts.get(ref);
      if (!known) counts.set(ref, { ref, count: 1, first: at, last: at });
      else {
        known.count += 1;
        if (at < known.first) known.first = at;
        if (at > known.last) known.last = at;
      }
    }
  }
}

/** Counts of a day, packed. */
export function checksOfDay(
  companyId: string,
  day: string,
  counts: Counts,
  checks: number,
): ChecksOfDay[] {
  const packed = new Map<string, ChecksOfDay['checks']>();
  for (const one of counts.values()) {
    const bucket = bucketOf(one.ref, checks);
    const known = packed.get(bucket);
    if (known) known.push(one);
    else packed.set(bucket, [one]);
  }
  const at = startOfDay(day);
  return [...packed].map(([bucket, ofBucket]) => ({
    _id: `${companyId}:${bucket}:${day}`,
    company_id: companyId,
    day,
    at,
    checks: ofBucket,
  }));
}
