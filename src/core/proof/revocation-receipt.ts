import type { Context } from '../../context';
import { AppError } from '../../errors';
import { type Opening, openingsOf } from '../../lib/commitments';
import type { AuditEntry } from '../../store/audit-entries';
import { findByReference } from '../references/find-by-reference';
import { readNames } from './certificate-names';
import { issueReceipt, type Receipt, shownSubject } from './receipt';
import { erasableOf, lastingOf, subjectLeaf, subjectsOf } from './record-of-entry';

/**
 * The receipt of a request to revoke, for the company that it was made to.
 * @param reference a reference number of the portal, or the id of a revocation
 * @param certificateId which of its certificates is shown; undefined: all that the first of its
 *   entries names, at most 1,000
 * @returns null while it is not in the log yet
 * @throws AppError revocation_not_found, also when it did not concern the company or the certificate
 */
export async function revocationReceipt({
  ctx,
  companyId,
  reference,
  certificateId,
}: {
  ctx: Context;
  companyId: string;
  reference: string;
  certificateId?: string | undefined;
}): Promise<Receipt | null> {
  const found = await findByReference({ ctx, companyId, text: reference });
  if (!found) throw new AppError('revocation_not_found');
  const { revocations, consents } = found;
  const ids = [...revocations, ...consents].map(({ _id }) => _id);
  const entry = await ctx.store.audit.ofRequests(companyId, ids, certificateId);
  // Its entry follows within moments.
  if (!entry && certificateId === undefined) return null;
  if (!entry) throw new AppError('revocation_not_found');
  return receiptOfEntry({ ctx, entry, shown: certificateId });
}

/**
 * The receipt of an audit entry; of what it names, all or one is shown.
 * @param also opens what the entry has no salt of
 */
export async function receiptOfEntry({
  ctx,
  entry,
  shown,
  also = {},
}: {
  ctx: Context;
  entry: AuditEntry;
  shown?: string | undefined;
  also?: Record<string, Opening>;
}): Promise<Receipt | null> {
  const { salt, person_salt: personSalt, leaf } = entry;
  // Older than the log, or not in it yet.
  if (salt === undefined || leaf === undefined) return null;
  const names = await readNames({ ctx, region: 'default', entries: [entry] });
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
  return issueReceipt({ ctx, region: 'default', leaf, known, subjects: shownOnes });
}
