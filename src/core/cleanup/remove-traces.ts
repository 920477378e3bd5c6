import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import type { Session } from '../../store';
import type { NamedTombstone } from '../../store/certificate-erasing';
import { requestsOf } from '../../store/certificates';
import { type Cleanup, CLEANUP_STEPS } from '../../store/cleanups';
import type { Renames } from '../../store/renaming';
import { retentionId } from '../../store/retentions';
import { loadHolds } from '../legal-holds/load-holds';
import { removedId, removedSession } from '../identifiers/removed-ids';
import { isOpen } from './remove-in-step';

/**
 * The `traces` step, the last one: wherever a removed certificate is still named, keyed hashes take
 * the place of its id and its session's, in one transaction; IPs and reasons go where nothing else
 * is named beside it. Checks that find no certificate look for the hash, so that it is refused for
 * ever. What is on hold by now keeps its ids, until the sweep finds it free.
 */
export async function removeTraces({
  ctx,
  cleanupId,
}: {
  ctx: Context;
  cleanupId: string;
}): Promise<void> {
  await renameInLedger(ctx, cleanupId);
  await ctx.reach('cleanup.traces.ledger');
  await ctx.store.transaction(async (session) => {
    const { cleanups, companies } = ctx.store;
    const cleanup = await cleanups.find(cleanupId, session);
    if (!cleanup || !isLast(cleanup)) return;
    // Written before anything is read, so that a hold commits before this or waits for it.
    await companies.guard(cleanup.company_id, session);
    const tombstones = await findFree(ctx, cleanup, session);
    if (tombstones.length > 0) await erase(ctx, cleanup.company_id, tombstones, session);
    const result = { cleaned: tombstones.length, at: ctx.now() };
    await cleanups.finishStep(cleanupId, 'traces', result, session);
    await ctx.reach('cleanup.traces.committing');
  });
  await ctx.reach('cleanup.traces.done');
}

/** Whether only this step is left: the others find what they remove by the ids. */
function isLast(cleanup: Cleanup): boolean {
  return CLEANUP_STEPS.every((step) => isOpen(cleanup, step) === (step === 'traces'));
}

async function findFree(
  ctx: Context,
  { company_id, subject_ids }: Cleanup,
  session?: Session,
): Promise<NamedTombstone[]> {
  const { certificates } = ctx.store;
  const found = await certificates.findNamedTombstones(company_id, subject_ids, session);
  const holds = await loadHolds({ ctx, companyId: company_id, session });
  return found.filter((tombstone) => !holds.covers(tombstone));
}

/**
 * Lines that earlier releases have left; pages name nothing that goes. Not in the transaction: there can
 * be any number of them, of any company.
 */
async function renameInLedger(ctx: Context, cleanupId: string): Promise<void> {
  const cleanup = await ctx.store.cleanups.find(cleanupId);
  if (!cleanup || !isLast(cleanup)) return;
  const tombstones = await findFree(ctx, cleanup);
  if (tombstones.length > 0)
    await ctx.store.ledgerLines.renameCertificates(newIds(ctx, tombstones));
}

function newIds(ctx: Context, tombstones: NamedTombstone[]): Renames {
  return new Map(tombstones.map(({ _id: id }) => [id, removedId({ ctx, id })]));
}

async function erase(
  ctx: Context,
  companyId: string,
  tombstones: NamedTombstone[],
  session: Session,
): Promise<void> {
  const { audit, batches, certificates, ledgerLines, retentions, revocations } = ctx.store;
  const { webhookDeliveries, webhookEvents } = ctx.store;
  const ids = newIds(ctx, tombstones);
  const sessions = new Map(
    tombstones.map(({ session_id: sessionId }) => [
      sessionId,
      removedSession({ ctx, companyId, sessionId }),
    ]),
  );
  const paid = renamedRetentions(companyId, sessions);
  await certificates.erase(ids, sessions, session);
  // Nothing can be retained any more, so that what was paid for is in the ledger only.
  await retentions.deleteSettled([...paid.keys()], session);
  await ledgerLines.renameLines(paid, session);
  const created = [...ids].map(([id, to]) => [`created:${id}`, `created:${to}`] as const);
  const entries = new Map([...created, ...paid]);
  await audit.renameCertificates(companyId, { certificates: ids, entries }, session);
  const by = distinct(tombstones.flatMap(({ opt_out }) => requestsOf(opt_out)));
  await revocations.renameCertificates(companyId, by, ids, session);
  const told = await webhookEvents.renameCertificates(ids, by, session);
  await webhookDeliveries.blankAnswers(told, session);
  await batches.blank(await revocations.batchesWithoutReason(by, session), session);
}

/** The keys of retentions, also of their ledger lines and audit entries. */
function renamedRetentions(companyId: string, sessions: Renames): Renames {
  const kinds = ['session', 'certificate'] as const;
  const keys = [...sessions].flatMap(([from, to]) =>
    kinds.map((kind) => [retentionId(kind, companyId, from), retentionId(kind, companyId, to)]),
  );
  return new Map(keys as [string, string][]);
}
