// Collection `certificates`: what a request revoked, or opted out of some channels, for pages and answers.
import type { Connection } from 'mongoose';
import { CHANNEL_REQUESTS } from './certificate-channels';
import type { Certificate } from './certificates';
import { maxTime } from './connection';

/** The indexes, as MongoDB calls them; see the schema. */
export const REVOKED_BY = 'given_opt_out.revocation_id';
export const OPTED_OUT_BY = `given_${CHANNEL_REQUESTS}`;

/** Reads with the deadline of a page. */
export function revokedByQueries(connection: Connection) {
  const certificates = connection.collection<Certificate>('certificates');
  const inTime = maxTime(connection);
  return {
    /** How many certificates any of the revocations flagged: parts of one request. */
    countRevokedBy: async (revocationIds: string[]) => {
      const counts = await Promise.all(
        flaggedBy(revocationIds).map(({ filter, hint }) =>
          certificates.countDocuments(filter, { ...inTime, hint }),
        ),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
    /** The ids of up to `limit` of them. */
    idsRevokedBy: async (revocationIds: string[], limit: number) => {
      const found = await Promise.all(
        flaggedBy(revocationIds).map(({ filter, hint, field }) =>
          certificates
            .find(filter, { ...inTime, hint })
            .project<{ _id: string }>({ _id: 1 })
            .sort({ [field]: 1, _id: 1 })
            .limit(limit)
            .toArray(),
        ),
      );
      return found
        .flat()
        .map((certificate) => certificate._id)
        .slice(0, limit);
    },
  };
}

/** What they revoked, and what they opted out of some channels: each by its own index. */
function flaggedBy(revocationIds: string[]) {
  if (revocationIds.length === 0) return [];
  const any = { $in: revocationIds };
  return [
    { field: 'opt_out.revocation_id', hint: REVOKED_BY },
    { field: CHANNEL_REQUESTS, hint: OPTED_OUT_BY },
  ].map(({ field, hint }) => ({ field, hint, filter: { [field]: any } }));
}
