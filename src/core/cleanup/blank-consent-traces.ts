import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import type { Session } from '../../store';

/**
 * Empties IP and reason of the requests and audit entries that name nothing but removed consents.
 * What they name stays: an id of a consent is random.
 */
export async function blankConsentTraces({
  ctx,
  companyId,
  ids,
  session,
}: {
  ctx: Context;
  companyId: string;
  /** Consents that have just been removed. */
  ids: string[];
  session: Session;
}): Promise<void> {
  const { audit, consents, consentRevocations } = ctx.store;
  const by = await consents.revocationIds(companyId, ids, session);
  const requests = await consentRevocations.findMany(by, session);
  const entries = await audit.namingConsents(companyId, ids, session);
  const named = [
    ...requests.flatMap(({ consent_ids }) => consent_ids),
    ...entries.flatMap((entry) => entry.consents),
  ];
  const left = new Set(await consents.notRemoved(companyId, distinct(named), session));
  const isGone = (id: string): boolean => !left.has(id);
  const blankRequests = requests.filter(({ consent_ids }) => consent_ids.every(isGone));
  await consentRevocations.blank(
    blankRequests.map(({ _id }) => _id),
    session,
  );
  const blankEntries = entries.filter((entry) => entry.consents.every(isGone));
  await audit.blank(
    blankEntries.map(({ _id }) => _id),
    session,
  );
}
