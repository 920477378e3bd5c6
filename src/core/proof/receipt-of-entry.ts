import type { Context } from '../../context';
import { type Opening, openingsOf } from '../../lib/commitments';
import type { AuditEntry } from '../../store/audit-entries';
import type { LogHead } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { readNames } from './certificate-names';
import { issueReceipt, type Receipt, shownSubject } from './receipt';
import { erasableOf, lastingOf, subjectLeaf, subjectsOf } from './record-of-entry';

/**
 * The receipt of an audit entry.
 * @param shown which of what it names is shown; undefined: all
 * @param also opens what the entry has no salt of
 * @param heads see `proveLeaf`
 * @returns null while it is not in the log yet
 */
export async function receiptOfEntry({
  ctx,
  region,
  entry,
  shown,
  also = {},
  heads,
}: {
  ctx: Context;
  region: Region;
  entry: AuditEntry;
  shown?: string | undefined;
  also?: Record<string, Opening>;
  heads?: LogHead[] | undefined;
}): Promise<Receipt | null> {
  const { salt, person_salt: personSalt, leaf } = entry;
  if (salt === undefined || leaf === undefined) return null;
  const names = await readNames({ ctx, region, entries: [entry] });
  const subjects = subjectsOf({ entry, salt, names });
  const leaves = subjects.map(subjectLeaf);
  const shownOnes = subjects.flatMap(({ opening }, index) =>
    opening && (shown === undefined || opening.value === shown)
      ? [shownSubject(leaves, index, opening)]
      : [],
  );
  const known = {
    ...openingsOf(salt, lastingOf(entry)),
    ...also,
    // What clean-ups have emptied cannot be shown any more.
    ...(personSalt !== undefined && openingsOf(personSalt, erasableOf(entry))),
  };
  return issueReceipt({ ctx, region, leaf, heads, known, subjects: shownOnes });
}
