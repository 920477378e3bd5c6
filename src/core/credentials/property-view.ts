import type { Property } from '../../store/credentials';

/** A property without its id, which is a password. */
export interface PropertyView {
  company_id: string;
  /** Public reference: what the audit log names instead of the property id. */
  property_ref: string;
  name: string;
  domain: string;
  /** ISO 8601. */
  created_at: string;
}

/** A property with its id, for those who may know it. */
export interface PropertyWithId extends PropertyView {
  property_id: string;
}

/** Translates a stored property; its id stays inside. */
export function propertyView({
  _id,
  company_id,
  name,
  domain,
  created_at,
}: Property): PropertyView {
  return { company_id, property_ref: _id, name, domain, created_at: created_at.toISOString() };
}
