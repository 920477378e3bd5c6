import type { PersonNames } from '../../store/person-lookups';
import {
  type ConsentRevocationRequest,
  MAX_CONSENTS_PER_REQUEST,
} from './record-consent-revocation';
import { revokeAllConsents } from './revoke-all-consents';

/**
 * Revokes the Attestr consents that a company has of a person now, at the person's own request: free
 * of charge, whatever the company's wallet holds.
 * @param request.ids only these; null: all
 * @param request.givenBy only those given by then
 * @returns how many it revoked
 */
export async function revokePersonConsents(
  request: Omit<ConsentRevocationRequest, 'dialect' | 'region'> & {
    names: PersonNames;
    ids: string[] | null;
    givenBy?: Date | undefined;
  },
): Promise<number> {
  const { ctx, companyId, names, ids, givenBy } = request;
  const { personConsents } = ctx.store;
  const limit = MAX_CONSENTS_PER_REQUEST;
  const parts = await revokeAllConsents({
    ...request,
    region: 'default',
    dialect: 'attestr',
    resolve: async (session) => ({
      records: await personConsents.granted(names, { companyId, ids, givenBy }, limit, session),
      impact: null,
    }),
  });
  return parts.reduce((all, { records }) => all + records.length, 0);
}
