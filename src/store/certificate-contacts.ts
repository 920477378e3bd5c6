// Collection `certificates`: what a company holds of the people that it is about to contact.
import type { Connection } from 'mongoose';
import { PERSON_INDEX } from './certificate-indexes';
import type { Certificate, Consent } from './certificates';
import type { Session } from './connection';

/** What a contact check needs to know of a certificate. */
export type ContactCertificate = Pick<
  Certificate,
  '_id' | 'company_id' | 'email_hash' | 'mobile_hash' | 'data' | 'created_at' | 'consented_at'
> & { opt_out: Certificate['opt_out']; consents: Omit<Consent, 'text'>[] };

/** A keyed hash of an email or mobile, and the company whose certificates count. */
export interface NamedPerson {
  companyId: string;
  hash: string;
}

const PROJECTION = {
  company_id: 1,
  email_hash: 1,
  mobile_hash: 1,
  data: 1,
  created_at: 1,
  consented_at: 1,
  opt_out: 1,
  // Their texts may be long, and few checks need them.
  'consents.type': 1,
  'consents.given_at': 1,
} as const;

/** More than any look-up gives; a reply ends at 16 MiB anyway. */
const ALL_AT_ONCE = 100_000;

/** Reads of certificates by many people at once. */
export function contactQueries(connection: Connection) {
  const collection = connection.collection<Certificate>('certificates');
  return {
    /**
     * Certificates of any of these people at any of these companies, revoked or not; of one person at
     * one company the newest.
     * @param limit reading ends after this many
     */
    findForContacts: (
      field: keyof typeof PERSON_INDEX,
      people: NamedPerson[],
      limit: number,
      session?: Session,
    ): Promise<ContactCertificate[]> => {
      const filter = {
        [field]: { $in: [...new Set(people.map(({ hash }) => hash))] },
        company_id: { $in: [...new Set(people.map(({ companyId }) => companyId))] },
      };
      return collection
        .find<ContactCertificate>(filter, {
          // One moment: a hash that is being brought up to date is found under either value.
          ...(session ? { session } : { readConcern: { level: 'snapshot' } }),
          // The order of the index, in which it is read.
          ...(people.length === 1 && { sort: { created_at: -1 } }),
          hint: PERSON_INDEX[field],
          limit,
          batchSize: ALL_AT_ONCE,
          projection: PROJECTION,
        })
        .toArray();
    },
  };
}
