import type { Context } from '../../context';
import { isOverTime } from '../../store';
import type { CheckedOn } from '../../store/certificate-checks';
import { removedIds } from '../identifiers/removed-ids';
import { startOfNextDay, utcDay } from './utc-day';

export type { CheckedOn };

/** When a company had a certificate checked. */
export interface CertificateChecks {
  /** UTC days, newest first. */
  days: CheckedOn[];
  /** There are earlier days. */
  more: boolean;
  /** False: there were too many checks since the last statement to look through them. */
  isComplete: boolean;
}

const THE_BEGINNING = new Date(0);

/**
 * The days on which a certificate was checked at the expense of its company, the newest `limit` of the
 * last 400: from what the daily statements counted, and for days without one from the ledger. Checks
 * that were refused were not charged, and are not here.
 */
export async function certificateChecks({
  ctx,
  companyId,
  certificateId: id,
  limit,
}: {
  ctx: Context;
  companyId: string;
  certificateId: string;
  limit: number;
}): Promise<CertificateChecks> {
  const { certificateChecks: checks, certificates, statements } = ctx.store;
  const [ref, latest] = await Promise.all([
    certificates.ledgerRefOf(companyId, [id, ...removedIds({ ctx, id })]),
    statements.latest(companyId),
  ]);
  if (ref === null) return { days: [], more: false, isComplete: true };
  const from = latest ? startOfNextDay(latest.day) : THE_BEGINNING;
  const [open, stated] = await Promise.all([
    inTime(checks.findOnPages(companyId, ref, from)),
    inTime(checks.find(companyId, ref, utcDay(from), limit + 1)),
  ]);
  const days = [...(open ?? []), ...(stated ?? [])];
  const isComplete = open !== null && stated !== null;
  return { days: days.slice(0, limit), more: days.length > limit, isComplete };
}

async function inTime(reading: Promise<CheckedOn[] | null>): Promise<CheckedOn[] | null> {
  try {
    return await reading;
  } catch (error) {
    if (isOverTime(error)) return null;
    throw error;
  }
}
