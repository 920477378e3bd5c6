import { requireCompany } from '../companies/require-company';
import type { Context } from '../../context';
import type { Archive, Cleanup, CleanupStep } from '../../store/cleanups';
import type { PageRequest } from '../../store/paging';

/** A clean-up as it goes over the wire; times in ISO 8601. */
export interface CleanupView {
  cleanup_id: string;
  subject: Cleanup['subject'];
  action: Cleanup['action'];
  state: Cleanup['state'];
  /** A step has failed and will be tried again. */
  failed: boolean;
  steps: Record<
    string,
    { state: string; at: string | null; error: string | null; cleaned: number }
  >;
  /** How many it was about at first, and how many of these turned out to be held or kept. */
  named: number;
  skipped: number;
  archive: { archive_id: string; sha256: string; lines: number; bytes: number } | null;
  requested_at: string;
  completed_at: string | null;
}

/**
 * A page of a company's clean-ups, newest first.
 * @throws AppError company_not_found; invalid_request naming `cursor`
 */
export async function listCleanups({
  ctx,
  companyId,
  state,
  ...page
}: {
  ctx: Context;
  companyId: string;
  state?: Cleanup['state'] | 'failed' | undefined;
} & PageRequest): Promise<{ cleanups: CleanupView[]; next_cursor: string | null }> {
  await requireCompany({ ctx, companyId });
  const { items, next_cursor } = await ctx.store.cleanups.list(companyId, state, page);
  return { cleanups: items.map(cleanupView), next_cursor };
}

function cleanupView(cleanup: Cleanup): CleanupView {
  const { _id, subject, action, state, failed, named, skipped } = cleanup;
  const steps = (Object.keys(cleanup.steps) as CleanupStep[]).map((step) => {
    const status = cleanup.steps[step];
    return [step, { ...status, at: status.at?.toISOString() ?? null }] as const;
  });
  return {
    cleanup_id: _id,
    subject,
    action,
    state,
    failed,
    named,
    skipped,
    steps: Object.fromEntries(steps),
    archive: cleanup.archive && archiveView(cleanup.archive),
    requested_at: cleanup.requested_at.toISOString(),
    completed_at: cleanup.completed_at?.toISOString() ?? null,
  };
}

function archiveView({ id, sha256, lines, bytes }: Archive) {
  return { archive_id: id, sha256, lines, bytes };
}
