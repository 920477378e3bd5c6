import { identifierLookups } from '../identifiers';
import type { Context } from '../../context';
import { normalizeEmail } from '../identifiers/email';
import { normalizeMobile } from '../identifiers/mobile';
import type { Session } from '../../store';
import type { CleaningHead } from '../../store/certificate-cleaning';

/** The legal holds of a company at one moment. */
export interface Holds {
  /** Everything of the company is held. */
  all: boolean;
  /** The held users, as they were named. */
  users: Set<string>;
  /** Whether any user is held: then `covers` needs the hashes. */
  anyUser: boolean;
  /** Whether a certificate is held, by its id or by the email or mobile that it has. */
  covers: (
    head: Pick<CleaningHead, '_id'> & Partial<Pick<CleaningHead, 'email_hash' | 'mobile_hash'>>,
  ) => boolean;
}

/**
 * Reads the legal holds of a company. A held user may be an email or a mobile, and is looked up as
 * both under every key in use.
 */
export async function loadHolds({
  ctx,
  companyId,
  session,
}: {
  ctx: Context;
  companyId: string;
  session?: Session | undefined;
}): Promise<Holds> {
  const found = await ctx.store.accounts.holdSubjects(companyId, session);
  const all = found.some(({ scope }) => scope === 'all');
  const certificates = new Set<string>();
  const hashes = new Set<string>();
  const users = new Set<string>();
  for (const { scope, subject_id } of found) {
    if (subject_id === null) continue;
    if (scope === 'certificate') certificates.add(subject_id);
    if (scope !== 'user') continue;
    users.add(subject_id);
    for (const hash of userHashes(ctx, subject_id)) hashes.add(hash);
  }
  const has = (hash: string | null | undefined) => hash != null && hashes.has(hash);
  return {
    all,
    users,
    anyUser: hashes.size > 0,
    covers: ({ _id, email_hash, mobile_hash }) =>
      all || certificates.has(_id) || has(email_hash) || has(mobile_hash),
  };
}

function userHashes(ctx: Context, userId: string): string[] {
  const normal = {
    email: normalizeEmail(userId),
    mobile: normalizeMobile(userId),
    typedEmail: userId,
  };
  const { email_hashes, mobile_hashes } = identifierLookups({ ctx, identifiers: normal });
  return [...email_hashes, ...mobile_hashes];
}
