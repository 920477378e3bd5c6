/** Fields as schemas declare them. */
export const text = { type: String, required: true } as const;
export const optionalText = { type: String, default: null } as const;
export const optionalDate = { type: Date, default: null } as const;

/**
 * Options of an index that leaves nulls out. By `$gt`, because the planner does not see that
 * equality implies a `$type`.
 */
export function given(field: string, name = `given_${field}`) {
  return { name, partialFilterExpression: { [field]: { $gt: '' } } };
}
