import { assertAtMost } from '../../lib/assert-at-most';

/** How many certificates, or consents, one audit entry may name: its size stays bounded. */
export const MAX_IDS_PER_ENTRY = 1_000;

/** @throws RangeError when an audit entry would name more than 1,000 certificates or consents */
export function assertFitsEntry(ids: readonly string[]): void {
  assertAtMost(MAX_IDS_PER_ENTRY, ids, 'ids for one audit entry');
}
