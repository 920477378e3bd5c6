import type { Context } from '../../context';
import type { Cleanup } from '../../store/cleanups';
import { type Holds, loadHolds } from '../legal-holds/load-holds';
import { findStuck } from './record-cleanups';

/** What a sweep leaves alone of a company, although it is due. */
export interface LeftAlone {
  holds: Holds;
  /** Subjects of clean-ups that failed and will be tried again. */
  stuck: ReadonlySet<string>;
}

/**
 * Reads what is to be left alone once it is asked for, which is when something is due, and only the
 * first time.
 * @param subjects of the clean-ups that are about to be recorded
 * @returns null where nothing at all is to be recorded: see `findStuck`, or everything is held
 */
export function leftAlone({
  ctx,
  companyId,
  subjects,
}: {
  ctx: Context;
  companyId: string;
  subjects: Cleanup['subject'][];
}): () => Promise<LeftAlone | null> {
  const read = async (): Promise<LeftAlone | null> => {
    const stuck = await findStuck({ ctx, companyId, subjects });
    if (!stuck) return null;
    const holds = await loadHolds({ ctx, companyId });
    return holds.all ? null : { stuck, holds };
  };
  let found: Promise<LeftAlone | null> | null = null;
  return () => (found ??= read());
}
