import type { Context } from '../../context';
import { derivedId } from '../../lib/derived-ids';
import { distinct } from '../../lib/distinct';
import type { WebhookEvent } from '../../store/webhook-events';

/**
 * What third parties are told of revocations: those of the certificates that they have checked, as long
 * as the owner still authorises them. Calling it again makes the same events.
 */
export async function eventsForThirdParties({
  ctx,
  events,
}: {
  ctx: Context;
  events: WebhookEvent[];
}): Promise<WebhookEvent[]> {
  const revoked = events.filter(
    ({ event, told_with }) => event === 'certificate.revoked' && told_with === null,
  );
  if (revoked.length === 0) return [];
  const checkers = await ctx.store.certificates.checkers(distinct(revoked.flatMap(namedBy)));
  if (checkers.size === 0) return [];
  const owners = await ctx.store.companies.findMany(
    distinct(revoked.map(({ company_id }) => company_id)),
  );
  const authorized = new Map(
    owners
      .filter((owner) => owner.third_party_verification_enabled)
      .map((owner) => [owner._id, new Set(owner.authorized_third_parties)]),
  );
  return revoked.flatMap((event) => {
    const parties = authorized.get(event.company_id) ?? new Set();
    const idsOf = new Map<string, string[]>();
    for (const id of namedBy(event)) {
      for (const party of checkers.get(id) ?? []) {
        if (parties.has(party)) idsOf.set(party, [...(idsOf.get(party) ?? []), id]);
      }
    }
    return [...idsOf].map(([party, ids]) => forParty(event, party, ids));
  });
}

function namedBy({ data }: WebhookEvent): string[] {
  return data.certificate_ids as string[];
}

/** The owner's batches are no business of theirs. */
function forParty(event: WebhookEvent, party: string, ids: string[]): WebhookEvent {
  const { batch_id: _batch, ...data } = event.data;
  return {
    ...event,
    _id: derivedId('evt', [event._id, party]),
    company_id: party,
    batch_id: null,
    told_with: event._id,
    data: { ...data, originator_company_id: event.company_id, certificate_ids: ids },
  };
}
