import type { Context } from '../../context';
import type { JobOutcome } from '../../jobs/catalog';
import { DAY_MS } from '../../lib/durations';
import { collect } from './collect';
import { evidenceFiles } from './evidence-files';
import { removeEvidence } from '../cleanup/remove-evidence';
import { stateOf } from './shown-state';
import { EvidenceLost, writeZip } from './write-zip';

/** It is personal data: whoever needs it later asks again. */
const KEPT_MS = DAY_MS;

/**
 * Makes the file that has been asked for. A try that dies leaves parts that nobody is handed; the next
 * one begins anew.
 * @returns `gone` when the certificate has been removed, `overtaken` when another try has begun
 */
export async function makeEvidence({
  ctx,
  evidenceId,
  signal,
}: {
  ctx: Context;
  evidenceId: string;
  signal: AbortSignal;
}): Promise<JobOutcome<'make-evidence'>> {
  const { evidence: store, evidenceFiles: files } = ctx.store;
  const evidence = await store.begin(evidenceId);
  if (!evidence) return (await store.find(evidenceId)) ? 'already_done' : 'gone';
  const { company_id: companyId, certificate_id: certificateId = '' } = evidence;
  // What an earlier try has left.
  await files.delete(evidenceId);
  await ctx.reach('evidence.begun');
  const collected = await collect({ ctx, companyId, certificateId, signal });
  if (!collected) {
    if (await store.giveUp(evidence, ctx.now())) await removeEvidence({ ctx, evidenceId });
    return 'gone';
  }
  await ctx.reach('evidence.collected');
  const { certificate, asOf } = collected;
  try {
    await writeZip({
      ctx,
      evidence,
      entries: evidenceFiles({ ctx, collected, signal }),
      at: asOf,
      made: () => {
        const now = ctx.now();
        const expires_at = new Date(now.getTime() + KEPT_MS);
        return { shows: stateOf(certificate), as_of: asOf, made_at: now, expires_at };
      },
    });
  } catch (error) {
    if (error instanceof EvidenceLost) return 'overtaken';
    throw error;
  }
  await ctx.reach('evidence.made');
  return 'done';
}
