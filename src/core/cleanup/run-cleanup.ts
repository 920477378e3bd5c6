import type { Context } from '../../context';
import { AppError } from '../../errors';
import { isUnavailable } from '../../store';
import { type Cleanup, CLEANUP_STEPS, type CleanupStep } from '../../store/cleanups';
import { removeEvidenceOf } from './remove-evidence';
import { errorForLog } from '../../telemetry/logger';
import { recordEvents } from '../webhooks/record-events';
import { cleanCertificates, cleanConsents, removeRecordings } from './removal-steps';
import { removeHashes } from './remove-hashes';
import { isOpen, removeInStep } from './remove-in-step';
import { removeTraces } from './remove-traces';
import { removeUploads } from './remove-uploads';
import { writeArchive } from './write-archive';

interface StepRequest {
  ctx: Context;
  cleanupId: string;
  signal: AbortSignal;
}

/** What does each step; any of them is safe to repeat, and to run twice at once. */
const STEPS: Record<CleanupStep, (request: StepRequest) => Promise<void>> = {
  archive: writeArchive,
  recording: (request) => removeInStep({ ...request, removal: removeRecordings }),
  certificate: (request) => removeInStep({ ...request, removal: cleanCertificates }),
  indexes: removeHashes,
  uploads: removeUploads,
  consent: (request) => removeInStep({ ...request, removal: cleanConsents }),
  traces: removeTraces,
};

/**
 * Runs one clean-up, step by step. A step that fails is recorded as failed, the others still run where
 * they can, and the next attempt continues with what is left.
 * @throws the first error of a step, so that the job is tried again
 */
export async function runCleanup({
  ctx,
  cleanupId,
  signal,
}: StepRequest): Promise<'done' | 'already_done' | 'gone'> {
  const cleanup = await ctx.store.cleanups.find(cleanupId);
  if (!cleanup) return 'gone';
  if (cleanup.state === 'done') return 'already_done';
  const failures: unknown[] = [];
  for (const step of CLEANUP_STEPS) {
    if (!isOpen(cleanup, step)) continue;
    signal.throwIfAborted();
    try {
      await STEPS[step]({ ctx, cleanupId, signal });
    } catch (error) {
      signal.throwIfAborted();
      failures.push(error);
      await recordFailure(ctx, cleanupId, step, error);
      // Nothing may be removed before it is archived.
      if (step === 'archive') break;
    }
  }
  if (failures.length > 0) throw failures[0];
  return complete(ctx, cleanup);
}

async function recordFailure(
  ctx: Context,
  cleanupId: string,
  step: CleanupStep,
  error: unknown,
): Promise<void> {
  const code = codeOf(error);
  const line = { cleanup_id: cleanupId, step, code, error: errorForLog(error) };
  ctx.log.error(line, 'step of a clean-up failed');
  await ctx.store.cleanups.failStep(cleanupId, step, code, ctx.now());
}

function codeOf(error: unknown): string {
  if (error instanceof AppError) return error.code;
  return isUnavailable(error) ? 'unavailable' : 'internal';
}

/** First deletes what failed attempts left of the archive: copies that nobody would know of. */
async function complete(
  ctx: Context,
  { _id, company_id: companyId, subject, action }: Cleanup,
): Promise<'done' | 'already_done'> {
  const { cleanups, archives } = ctx.store;
  const cleanup = await cleanups.find(_id);
  for (const draft of cleanup?.archive_drafts ?? []) {
    if (draft !== cleanup?.archive?.id) await archives.delete(draft);
  }
  await removeEvidenceOf({ ctx, cleanupId: _id });
  const completed = await ctx.store.transaction(async (session) => {
    const at = ctx.now();
    if (!(await cleanups.complete(_id, at, session))) return false;
    const cleaned = cleanup ? cleanup.named - cleanup.skipped : 0;
    const data = { cleanup_id: _id, subject, action, cleaned, completed_at: at };
    const told = [{ companyId, event: 'cleanup.completed' as const, at, data }];
    await recordEvents({ ctx, session, told });
    return true;
  });
  await ctx.reach('cleanup.completed');
  return completed ? 'done' : 'already_done';
}
