// Collection `batches`: what is done with the rows of one.

/** Each kind has lists and calls of its own. */
export type BatchKind = 'revocations' | 'scrubs';

/** The condition for batches of a kind. */
export function storedKind(kind: BatchKind): 'scrubs' | null {
  return kind === 'scrubs' ? kind : null;
}
