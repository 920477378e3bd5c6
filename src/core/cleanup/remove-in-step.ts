import { recordChange } from '../audit/record-change';
import type { Context } from '../../context';
import type { Session } from '../../store';
import type { AuditAction } from '../../store/audit-actions';
import type { CleanedBy } from '../../store/certificate-cleaning';
import type { Cleanup, CleanupStep } from '../../store/cleanups';
import type { CleanupPolicy } from '../../store/companies';
import { judge } from './judge';

export const SYSTEM = { actor: { type: 'system', id: null }, ip: null } as const;

/** What a removal works with. */
export interface Removal {
  ctx: Context;
  cleanup: Cleanup;
  /** What may go. */
  ids: string[];
  by: CleanedBy;
  session: Session;
}

/** A step that removes something: how, and what the audit says of it. */
export interface RemovalStep {
  step: CleanupStep;
  action: AuditAction;
  /** What the audit entry names; certificates when left out. */
  names?: 'certificates' | 'consents';
  /** Which of the policy's numbers of days applies; null: each may have a policy of its own. */
  days: (cleanup: Cleanup) => keyof CleanupPolicy | null;
  /** Gives the ids of what there was to remove. */
  remove: (removal: Removal) => Promise<string[]>;
}

/** Whether a step is still to be done; clean-ups of earlier releases lack later steps. */
export function isOpen({ steps }: Cleanup, step: CleanupStep): boolean {
  const state = (steps as Partial<Cleanup['steps']>)[step]?.state;
  return state === 'pending' || state === 'failed';
}

/**
 * Does a step in one transaction, all of it or nothing: judges again what may go, removes it, names it
 * in the audit and marks the step done. What may not go is dropped from the clean-up.
 */
export async function removeInStep({
  ctx,
  cleanupId,
  removal,
}: {
  ctx: Context;
  cleanupId: string;
  removal: RemovalStep;
}): Promise<void> {
  const { step } = removal;
  await ctx.store.transaction(async (session) => {
    const { cleanups } = ctx.store;
    const cleanup = await cleanups.find(cleanupId, session);
    if (!cleanup || !isOpen(cleanup, step)) return;
    const now = ctx.now();
    const { allowed: ids, policy } = await judge({ ctx, cleanup, now, session });
    const by = {
      cleanup_id: cleanupId,
      cleaned_at: now,
      archive_id: cleanup.archive?.id ?? null,
    };
    const cleaned = ids.length > 0 ? await removal.remove({ ctx, cleanup, ids, by, session }) : [];
    if (cleaned.length > 0 && policy) {
      await writeEntry({ ctx, removal, cleanup, policy, cleaned, at: now, session });
    }
    const dropped = cleanup.subject_ids.length - ids.length;
    const narrowed = { subject_ids: ids, dropped };
    const result = { cleaned: cleaned.length, at: now, narrowed };
    await cleanups.finishStep(cleanupId, step, result, session);
    await ctx.reach(`cleanup.${step}.committing`);
  });
  await ctx.reach(`cleanup.${step}.done`);
}

/** The audit entry has ids only, and nothing of what was removed. */
async function writeEntry({
  ctx,
  removal,
  cleanup,
  policy,
  cleaned,
  at,
  session,
}: {
  ctx: Context;
  removal: RemovalStep;
  cleanup: Cleanup;
  policy: CleanupPolicy;
  cleaned: string[];
  at: Date;
  session: Session;
}): Promise<void> {
  const { action, step, days, names = 'certificates' } = removal;
  const name = days(cleanup);
  const term = name === null ? '' : `, ${name} ${String(policy[name])}`;
  await recordChange({
    ctx,
    session,
    companyId: cleanup.company_id,
    action,
    caller: SYSTEM,
    entryId: `${cleanup._id}.${step}`,
    [names]: cleaned,
    reason: `retention policy: ${cleanup.action}${term}`,
    at,
  });
}
