// Collection `certificates`: its indexes.
import type { Schema } from 'mongoose';
import { ANY_CASE } from './any-case';
import { CHANNEL_REQUESTS } from './certificate-channels';
import { DUE_INDEX } from './certificate-cleaning';
import { NAMED_TOMBSTONE } from './certificate-erasing';
import type { Certificate } from './certificates';
import { given } from './schema-fields';

/** That nothing has revoked it, as the index `active` has it. */
export const ACTIVE = { 'opt_out.revocation_id': null } as const;

export const ANY_CASE_INDEX = 'any_case';

/** Named in each query: the planner may take an index of the whole company's, and tries them out. */
export const PERSON_INDEX = { email_hash: 'person_email', mobile_hash: 'person_mobile' } as const;

/** Declares the indexes of certificates, each for the queries that its comment or name tells. */
export function addCertificateIndexes(schema: Schema<Certificate>): void {
  schema
    .index({ company_id: 1, session_id: 1 }, { unique: true })
    .index({ company_id: 1, created_at: -1, _id: -1 })
    // Partial by what only these lists ask for: no other look-up may take one of them for its own.
    .index(
      { company_id: 1, created_at: -1, _id: -1 },
      { name: 'revoked', partialFilterExpression: { 'opt_out.revoke': true } },
    )
    .index(
      { company_id: 1, created_at: -1, _id: -1 },
      { name: 'active', partialFilterExpression: ACTIVE },
    )
    // What is due: equality on `data` keeps the sweep from reading tombstones, `kept_until` from what is
    // paid for; the rest is what it reads of each.
    .index(
      { company_id: 1, data: 1, kept_until: 1, created_at: 1, _id: 1, retention_requests: 1 },
      { name: DUE_INDEX },
    )
    // Tombstones of earlier releases and of replays, not the many that need nothing any more.
    .index(
      { company_id: 1, created_at: 1 },
      { name: 'named_tombstones', partialFilterExpression: NAMED_TOMBSTONE },
    )
    .index({ ledger_ref: 1 }, given('ledger_ref'))
    // The hash first: a company looks for its own with both, a person across companies with one.
    .index(
      { email_hash: 1, company_id: 1, created_at: -1 },
      given('email_hash', PERSON_INDEX.email_hash),
    )
    .index(
      { mobile_hash: 1, company_id: 1, created_at: -1 },
      given('mobile_hash', PERSON_INDEX.mobile_hash),
    )
    .index({ 'opt_out.revocation_id': 1, _id: 1 }, given('opt_out.revocation_id'))
    // Of the few that are, or were, opted out of some channels.
    .index({ [CHANNEL_REQUESTS]: 1, _id: 1 }, given(CHANNEL_REQUESTS))
    // Consumers type ids from paper. A second field, as `_id` alone is the collection's own index.
    .index({ _id: 1, company_id: 1 }, { name: ANY_CASE_INDEX, collation: ANY_CASE })
    // What people search by its beginning. Partial by what only a search asks for.
    .index({ company_id: 1, _id: 1 }, given('content_hash', 'id_prefix'))
    .index({ company_id: 1, email_search: 1 }, given('email_search', 'email_prefix'))
    // The reference is the property's own, whatever the company.
    .index({ property_ref: 1, created_at: -1, _id: -1 }, given('property_ref', 'of_property'));
}
