// No collection: what schemas share.
export const text = { type: String, required: true } as const;
/** Null where there is none. */
export const optionalText = { type: String, default: null } as const;
/** Null where there is none. */
export const optionalDate = { type: Date, default: null } as const;

/**
 * Options of an index that leaves nulls out. By `$gt`, because the planner does not see that
 * equality implies a `$type`.
 */
export function given(field: string, name = `given_${field}`) {
  return { name, partialFilterExpression: { [field]: { $gt: '' } } };
}
