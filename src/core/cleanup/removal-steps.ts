import { blankConsentTraces } from './blank-consent-traces';
import type { Removal, RemovalStep } from './remove-in-step';

/** Deletes recordings, whatever the action: nothing in them could be anonymised. */
export const removeRecordings: RemovalStep = {
  step: 'recording',
  action: 'recording.cleaned',
  days: ({ subject }) => (subject === 'recordings' ? 'session_days' : 'certificate_days'),
  remove: async ({ ctx, cleanup: { company_id }, ids, by, session }) => {
    const { recordings, certificates } = ctx.store;
    await giveUpEvidence({ ctx, companyId: company_id, ids, by, session });
    const found = await recordings.findHeads(company_id, ids, session);
    const existing = found.map(({ _id }) => _id);
    await recordings.deleteMany(company_id, existing, session);
    await certificates.recordingsCleaned(company_id, existing, by, session);
    return existing;
  },
};

/** Keeps what proves a revocation: its time and method, and the keyed hashes. */
export const cleanConsents: RemovalStep = {
  step: 'consent',
  action: 'consent.cleaned',
  names: 'consents',
  days: () => null,
  remove: async ({ ctx, cleanup: { company_id, action }, ids, by, session }) => {
    const left = action === 'anonymise' ? 'anonymised' : 'removed';
    await ctx.store.consents.clean(company_id, ids, left, by, session);
    if (left === 'removed') await blankConsentTraces({ ctx, companyId: company_id, ids, session });
    return ids;
  },
};

/** The commit of this step is the point of no return for a certificate. */
export const cleanCertificates: RemovalStep = {
  step: 'certificate',
  action: 'certificate.cleaned',
  days: () => 'certificate_days',
  remove: async ({ ctx, cleanup: { company_id, action }, ids, by, session }) => {
    const { certificates } = ctx.store;
    await giveUpEvidence({ ctx, companyId: company_id, ids, by, session });
    if (action === 'anonymise') await certificates.anonymise(company_id, ids, by, session);
    else await certificates.remove(company_id, ids, by, session);
    return ids;
  },
};

/** Copies of what goes; the files follow before the clean-up is done. */
function giveUpEvidence({
  ctx,
  companyId,
  ids,
  by,
  session,
}: Omit<Removal, 'cleanup'> & { companyId: string }): Promise<void> {
  const given = { at: by.cleaned_at, cleanupId: by.cleanup_id };
  return ctx.store.evidence.giveUpOf(companyId, ids, given, session);
}
