// Collection `certificates`: opt-out flags.
import type { QueryFilter } from 'mongoose';
import { addingChannels, flaggedByAny, lacking, revoking } from './certificate-channels';
import { PERSON_INDEX } from './certificate-indexes';
import type { Certificate, CertificateModel } from './certificates';
import type { Session } from './connection';
import { type Channel, type ChannelRequest, type OptOut, requestsOf } from './opt-outs';

/** What the rows of a file need to know of a certificate. */
export type NamedCertificate = Pick<
  Certificate,
  '_id' | 'email_hash' | 'mobile_hash' | 'created_at' | 'consented_at'
> & { opt_out: Pick<OptOut, 'revoke' | 'revocation_id' | 'channels' | 'requests'> };

/** Certificates, and the flag to set on them; see `flagsOf`. */
export interface RevokedGroup {
  ids: string[];
  /** Of what is revoked. */
  optOut: OptOut & { revoke: true };
  /** Given where it opts out of some channels: that revokes those only that lack no other. */
  request?: ChannelRequest;
}

/** Which certificates to find besides what names them. */
export interface Wanted {
  /** Whose consent was given by then. */
  consentedBy?: Date | undefined;
  /** That are not opted out of all of these; left out: that are not revoked. */
  channels?: Channel[] | undefined;
}

/** A certificate, and a request that revoked it or opted out of some channels. */
export interface FlaggedBy {
  _id: string;
  revocation_id: string;
  /** Which of the two. */
  revokes: boolean;
}

const NAMED = {
  email_hash: 1,
  mobile_hash: 1,
  created_at: 1,
  consented_at: 1,
  'opt_out.revoke': 1,
  'opt_out.revocation_id': 1,
  'opt_out.channels': 1,
  'opt_out.requests': 1,
} as const;

/** More than any look-up gives; a reply ends at 16 MiB anyway. */
const ALL_AT_ONCE = 100_000;

const INDEX_OF = { _id: '_id_', ...PERSON_INDEX } as const;

/** Consent is never younger than its certificate, and in old ones its time is not given. */
function noYoungerThan(time: Date) {
  return { $or: [{ consented_at: { $lte: time } }, { created_at: { $lte: time } }] };
}

/** Finding what to revoke, setting flags, and telling which revocation set them. */
export function revokingQueries(model: CertificateModel) {
  return {
    /** Ids of a company's certificates that any of the identifiers names and that are to be flagged. */
    idsByIdentifiers: async (
      companyId: string,
      ids: { certificate_ids: string[]; email_hashes: string[]; mobile_hashes: string[] },
      limit: number,
      session: Session,
      { consentedBy, channels }: Wanted = {},
    ) => {
      const all = {
        company_id: companyId,
        ...lacking(channels),
        ...(consentedBy && { $and: [noYoungerThan(consentedBy)] }),
      };
      const found = new Set<string>();
      const read = async (values: string[], field: '_id' | 'email_hash' | 'mobile_hash') => {
        if (values.length === 0 || found.size >= limit) return;
        const filter: QueryFilter<Certificate> = { ...all, [field]: { $in: values } };
        const query = model.find(filter, { _id: 1 }).hint(INDEX_OF[field]).limit(limit);
        for (const { _id } of await query.session(session).lean()) found.add(_id);
      };
      await read(ids.certificate_ids, '_id');
      await read(ids.email_hashes, 'email_hash');
      await read(ids.mobile_hashes, 'mobile_hash');
      return [...found].slice(0, limit);
    },
    /**
     * Certificates that any of the identifiers names, revoked or not, each once.
     * @param limit 0: all; else reading ends soon after this many
     */
    findForRows: async (
      companyId: string,
      names: { ids: string[]; email_hashes: string[]; mobile_hashes: string[] },
      limit: number,
      session?: Session,
    ): Promise<NamedCertificate[]> => {
      const found = new Map<string, NamedCertificate>();
      const read = async (values: string[], field: keyof typeof INDEX_OF) => {
        if (values.length === 0 || (limit > 0 && found.size >= limit)) return;
        const filter = { [field]: { $in: values }, company_id: companyId };
        const cursor = model.collection.find<NamedCertificate>(filter as object, {
          // One moment: a hash that is being brought up to date is found under either value.
          ...(session ? { session } : { readConcern: { level: 'snapshot' } }),
          hint: INDEX_OF[field],
          limit,
          // All that fits into one reply: without it the first has a hundred.
          batchSize: ALL_AT_ONCE,
          projection: NAMED,
        });
        for (const one of await cursor.toArray()) {
          // Found by another name, too, and perhaps revoked in between.
          if (!found.get(one._id)?.opt_out.revoke) found.set(one._id, one);
        }
      };
      await read(names.ids, '_id');
      await read(names.email_hashes, 'email_hash');
      await read(names.mobile_hashes, 'mobile_hash');
      return [...found.values()];
    },
    /**
     * Sets the flags that are not set yet: of many requests that revoke, one flags each certificate.
     * Waits for the majority even when there was nothing left to set.
     * @param groups those that revoke after those that opt out of some channels
     * @returns how many it set
     */
    revokeMany: async (companyId: string, groups: RevokedGroup[]) => {
      if (groups.length === 0) return 0;
      // In one call, one after another: in parallel they would only block each other, and others.
      const updates = groups.map(({ ids, optOut, request }) => {
        const filter: object = {
          _id: { $in: ids },
          company_id: companyId,
          ...lacking(request?.channels),
        };
        const update = request ? addingChannels(request, optOut) : revoking(optOut);
        return { updateMany: { filter, update, hint: INDEX_OF._id } };
      });
      // What revokes would leave nothing of the same certificate to what opts out of some channels.
      const ordered = groups.some(({ request }) => request !== undefined);
      const { modifiedCount } = await model.collection.bulkWrite(updates, { ordered });
      return modifiedCount;
    },
    /** Certificates that any of the revocations flagged, once for each of them that did. */
    revokedByAny: async (revocationIds: string[], session: Session): Promise<FlaggedBy[]> => {
      const found = await model.collection
        .find<Pick<Certificate, '_id'> & { opt_out: Pick<OptOut, 'revocation_id' | 'requests'> }>(
          flaggedByAny(revocationIds),
          {
            session,
            projection: { 'opt_out.revocation_id': 1, 'opt_out.requests.revocation_id': 1 },
            batchSize: ALL_AT_ONCE,
          },
        )
        .toArray();
      const asked = new Set(revocationIds);
      return found.flatMap(({ _id, opt_out }) =>
        requestsOf(opt_out).flatMap((revocation_id) =>
          asked.has(revocation_id)
            ? [{ _id, revocation_id, revokes: revocation_id === opt_out.revocation_id }]
            : [],
        ),
      );
    },
  };
}
