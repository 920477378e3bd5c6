/** References of a schema as those of another document. */
export function pointedAt(document: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => pointedAt(document, item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    const refers = key === '$ref' && typeof item === 'string' && item.startsWith('#');
    return [key, refers ? document + item : pointedAt(document, item)] as const;
  });
  return Object.fromEntries(entries);
}
