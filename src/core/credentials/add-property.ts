import { randomBytes } from 'node:crypto';
import type { Caller, Context } from '../../context';
import { newId } from '../../lib/random-ids';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';
import type { PropertyWithId } from './property-view';

const PROPERTY_ID_BYTES = 20;

export interface NewProperty {
  name: string;
  domain: string;
  /** Generated when omitted: it is the password of the pair `company_id` + `property_id`. */
  property_id?: string | undefined;
}

/**
 * Adds a property to a company.
 * @throws AppError company_not_found; already_exists when the company has, or had, this property id
 */
export function addProperty({
  ctx,
  companyId,
  caller,
  input,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  input: NewProperty;
  completion?: Completion<PropertyWithId> | undefined;
}): Promise<PropertyWithId> {
  const ref = newId('ppt');
  const created_at = ctx.now();
  const property = {
    company_id: companyId,
    property_id: input.property_id ?? newPropertyId(),
    name: input.name,
    domain: input.domain,
  };
  return changeCompany({
    ctx,
    companyId,
    caller,
    completion,
    entry: { action: 'property.created', entryId: `property.created:${ref}` },
    change: async (session) => {
      await ctx.store.credentials.insertProperty(
        { _id: ref, ...property, created_at, revoked_at: null },
        session,
      );
      return { ...property, property_ref: ref, created_at: created_at.toISOString() };
    },
  });
}

/** A property id is a password: 160 random bits. */
export function newPropertyId(): string {
  return `prop-${randomBytes(PROPERTY_ID_BYTES).toString('hex')}`;
}
