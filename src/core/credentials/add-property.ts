import { randomBytes } from 'node:crypto';
import type { Caller, Context } from '../../context';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';
import { madeByForm, minting } from '../idempotency/made-by-form';
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
 * @param operationId names the form it was asked for with: a repeat gets the same property for 10
 *   minutes
 * @throws AppError company_not_found; already_exists when the company has, or had, this property id,
 *   and for a later repeat
 */
export function addProperty({
  ctx,
  companyId,
  caller,
  input,
  operationId,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  input: NewProperty;
  operationId?: string | undefined;
  completion?: Completion<PropertyWithId> | undefined;
}): Promise<PropertyWithId> {
  const minted = minting({ ctx, companyId, operationId, input });
  const ref = minted.id('ppt');
  const secret = minted.bytes('property').toString('hex', 0, PROPERTY_ID_BYTES);
  const property = {
    company_id: companyId,
    property_id: input.property_id ?? `prop-${secret}`,
    name: input.name,
    domain: input.domain,
  };
  const created_at = ctx.now();
  const made = (at: Date): PropertyWithId => ({
    ...property,
    property_ref: ref,
    created_at: at.toISOString(),
  });
  const make = () =>
    changeCompany({
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
        return made(created_at);
      },
    });
  const findMade = async () =>
    (await ctx.store.credentials.findPropertyByRef(companyId, ref))?.created_at;
  return madeByForm({ ctx, operationId, make, findMade, again: made });
}

/** A property id is a password: 160 random bits. */
export function newPropertyId(): string {
  return `prop-${randomBytes(PROPERTY_ID_BYTES).toString('hex')}`;
}
