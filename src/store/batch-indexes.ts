// Collection `batches`: its indexes.
import type { Schema } from 'mongoose';
import type { Batch } from './batches';
import { TO_ENQUEUE } from './pending';
import { given } from './schema-fields';

/** Indexes that a list names, as no statistics would always prefer them. */
export const BATCH_INDEXES = {
  byTime: 'by_time',
  ofState: 'of_state',
  ofCompany: 'company_id_1_created_at_-1__id_-1',
  ofCompanyState: 'of_company_state',
  open: 'open_by_time',
  ofActor: 'of_actor',
  ofActorType: 'of_actor_type',
} as const;

/** Declares the indexes of batches, each for the queries that its comment or name tells. */
export function addBatchIndexes(schema: Schema<Batch>): void {
  schema
    .index({ company_id: 1, created_at: -1, _id: -1 })
    .index({ company_id: 1, kind: 1, created_at: -1, _id: -1 }, { name: 'of_company_kind' })
    .index({ requested_at: 1 }, { name: 'pending', partialFilterExpression: { open: true } })
    .index(TO_ENQUEUE, { name: 'to_enqueue', partialFilterExpression: { open: true } })
    .index(
      { company_id: 1, requested_at: 1 },
      { name: 'open_of_company', partialFilterExpression: { open: true } },
    )
    .index(
      { company_id: 1, upload_expires_at: 1, 'upload.bytes': 1 },
      {
        name: 'stored_of_company',
        partialFilterExpression: { upload_expires_at: { $type: 'date' } },
      },
    )
    .index({ company_id: 1, form_key: 1 }, { unique: true, ...given('form_key') })
    // The operator's lists, see `operator-batches.ts`.
    .index({ created_at: -1, _id: -1 }, { name: BATCH_INDEXES.byTime })
    .index({ state: 1, created_at: -1, _id: -1 }, { name: BATCH_INDEXES.ofState })
    .index(
      { company_id: 1, state: 1, created_at: -1, _id: -1 },
      { name: BATCH_INDEXES.ofCompanyState },
    )
    .index(
      { created_at: -1, _id: -1, lease_until: 1 },
      { name: BATCH_INDEXES.open, partialFilterExpression: { open: true } },
    )
    .index({ 'actor.id': 1, created_at: -1, _id: -1 }, given('actor.id', BATCH_INDEXES.ofActor))
    .index({ 'actor.type': 1, created_at: -1, _id: -1 }, { name: BATCH_INDEXES.ofActorType })
    .index(
      { created_at: 1 },
      { name: 'receiving', partialFilterExpression: { state: 'receiving' } },
    )
    .index(
      { upload_expires_at: 1 },
      { name: 'uploads', partialFilterExpression: { upload_expires_at: { $type: 'date' } } },
    );
}
