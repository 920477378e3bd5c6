import type { RowError } from '../../../store/batch-rows';
import type { RowOutcome } from '../../../store/batches';
import type { NamedCertificate } from '../../../store/certificate-revoking';
import { type JudgedRow, namesAnything } from './judge-row';

/** The outcome of a row; null: it depends on whether this batch revokes what the row claims. */
export type Matched = { outcome: RowOutcome } | { outcome: null; claims: NamedCertificate[] };

/**
 * Gives each certificate to the first row that names it.
 * @param named the certificates that each row names
 * @param claimed ids of those that earlier rows of the file have claimed
 */
export function matchRows(
  rows: JudgedRow[],
  named: NamedCertificate[][],
  claimed: ReadonlySet<string>,
): Matched[] {
  const taken = new Set(claimed);
  return rows.map((row, i) => {
    if (!namesAnything(row)) return { outcome: 'invalid' };
    const own = named[i] ?? [];
    if (own.length === 0) return { outcome: 'not_found' };
    const claims = own.filter(({ _id }) => !taken.has(_id));
    if (claims.length === 0) return { outcome: 'duplicate' };
    for (const { _id } of claims) taken.add(_id);
    return { outcome: null, claims };
  });
}

/**
 * The certificates of each row.
 * @param certificates everything that the rows name and that is old enough
 */
export function nameByRow(
  rows: JudgedRow[],
  certificates: NamedCertificate[],
): NamedCertificate[][] {
  const byKey = { id: new Map(), email: new Map(), mobile: new Map() } as Record<
    'id' | 'email' | 'mobile',
    Map<string, NamedCertificate[]>
  >;
  const add = (to: Map<string, NamedCertificate[]>, key: string | null, of: NamedCertificate) => {
    if (key === null) return;
    const others = to.get(key);
    if (others) others.push(of);
    else to.set(key, [of]);
  };
  for (const certificate of certificates) {
    add(byKey.id, certificate._id, certificate);
    add(byKey.email, certificate.email_hash, certificate);
    add(byKey.mobile, certificate.mobile_hash, certificate);
  }
  return rows.map(({ ids, email_hashes, mobile_hashes }) => {
    const named = new Set<NamedCertificate>();
    for (const [map, keys] of [
      [byKey.id, ids],
      [byKey.email, email_hashes],
      [byKey.mobile, mobile_hashes],
    ] as const) {
      for (const key of keys) for (const found of map.get(key) ?? []) named.add(found);
    }
    return [...named];
  });
}

/** How rows are counted, and what is remembered of them. */
export interface Tally {
  counts: Record<RowOutcome, number>;
  errors: RowError[];
  /** Certificates that rows claimed and other requests had revoked: later rows only repeat them. */
  claims: string[];
}

/** Counts matched rows, given which certificates this batch revoked. */
export function tally(
  rows: JudgedRow[],
  matched: Matched[],
  revokedIds: ReadonlySet<string>,
): Tally {
  const counts = { revoked: 0, already_revoked: 0, not_found: 0, invalid: 0, duplicate: 0 };
  const errors: RowError[] = [];
  const claims: string[] = [];
  rows.forEach((row, i) => {
    const match = matched[i];
    if (!match) return;
    let outcome: RowOutcome;
    if (match.outcome !== null) {
      outcome = match.outcome;
    } else {
      const alreadyRevoked = match.claims.filter(({ _id }) => !revokedIds.has(_id));
      outcome = alreadyRevoked.length < match.claims.length ? 'revoked' : 'already_revoked';
      claims.push(...alreadyRevoked.map(({ _id }) => _id));
    }
    counts[outcome] += 1;
    errors.push(...row.errors);
    if (outcome !== 'revoked' && outcome !== 'invalid') {
      errors.push({ ...row.named, reason: outcome });
    }
  });
  return { counts, errors, claims };
}
