import type { Context } from '../../context';
import type { Session } from '../../store';
import { type Channel, CHANNELS } from '../../store/certificates';
import type { Suppression } from '../../store/suppressions';
import type { PersonDigest } from '../identifiers/digests';
import { hashesOf, idsToHeed } from './suppression-ids';

/**
 * The channels of which a person has opted out at a time or later, as far as a company has to heed.
 * @param consentedAt when the consent was given that it could hold for
 */
export function objections(remembered: Suppression[], consentedAt: Date): Channel[] {
  return CHANNELS.filter((channel) => {
    return remembered.some(({ channels }) => {
      const at = channels[channel];
      return at !== undefined && at.getTime() >= consentedAt.getTime();
    });
  });
}

/**
 * The channels of which a person has opted out before their consent arrived. An opt-out at the same
 * time waits for the transaction that registers the consent, and so finds it, or is seen here.
 * @param session the transaction that registers it
 * @param expectNone begins with nothing being remembered; a duplicate error says otherwise
 */
export async function objectionsAtBirth({
  ctx,
  session,
  companyId,
  digests,
  consentedAt,
  expectNone,
}: {
  ctx: Context;
  session: Session;
  companyId: string;
  digests: PersonDigest[];
  consentedAt: Date;
  expectNone: boolean;
}): Promise<Channel[]> {
  const ids = idsToHeed(companyId, hashesOf({ ctx, digests }));
  if (ids.length === 0) return [];
  const { suppressions } = ctx.store;
  const remembered = expectNone ? [] : await suppressions.find(ids, session);
  const channels = objections(remembered, consentedAt);
  // Whatever comes at the same time can add nothing.
  if (channels.length === CHANNELS.length) return channels;
  const known = remembered.map(({ _id }) => _id);
  await suppressions.guard({ known, free: ids.filter((id) => !known.includes(id)) }, session);
  return channels;
}
