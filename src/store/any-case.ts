// No collection: letters that are equal in either case.

/** How an index, and what is looked up by it, compares letters: equal in either case. */
export const ANY_CASE = { locale: 'en', strength: 2 } as const;
