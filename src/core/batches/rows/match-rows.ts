import type { RowClaim, RowError } from '../../../store/batch-rows';
import type { RowOutcome } from '../../../store/batches';
import type { NamedCertificate } from '../../../store/certificate-revoking';
import { type Claim, Claimed, toRowClaim } from './claims';
import { type JudgedRow, namesAnything } from './judge-row';

/** The outcome of a row; null: it depends on whether this batch revokes what the row claims. */
export type Matched = { outcome: RowOutcome } | { outcome: null; claims: Claim[] };

/**
 * Gives each certificate to the first row that names it, and each of its channels.
 * @param named the certificates that each row names
 * @param claimed what earlier rows of the file have claimed
 */
export function matchRows(
  rows: JudgedRow[],
  named: NamedCertificate[][],
  claimed: Claimed,
): Matched[] {
  const taken = new Claimed(claimed);
  return rows.map((row, i) => {
    if (!namesAnything(row)) return { outcome: 'invalid' };
    const own = named[i] ?? [];
    if (own.length === 0) return { outcome: 'not_found' };
    const claims = own.flatMap((certificate) => claimOf(taken, certificate, row) ?? []);
    return claims.length === 0 ? { outcome: 'duplicate' } : { outcome: null, claims };
  });
}

function claimOf(
  taken: Claimed,
  certificate: NamedCertificate,
  { channels: asked }: JudgedRow,
): Claim | null {
  const claim = taken.claim(certificate._id, asked);
  return claim && { certificate, channels: claim.channels, request: asked && claim.channels };
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
  /** What rows claimed and other requests had revoked: later rows only repeat it. */
  claims: RowClaim[];
}

/**
 * Counts matched rows.
 * @param isRevoked whether this batch has revoked what a row claims
 */
export function tally(
  rows: JudgedRow[],
  matched: Matched[],
  isRevoked: (claim: Claim) => boolean,
): Tally {
  const counts = { revoked: 0, already_revoked: 0, not_found: 0, invalid: 0, duplicate: 0 };
  const errors: RowError[] = [];
  const claims: RowClaim[] = [];
  rows.forEach((row, i) => {
    const match = matched[i];
    if (!match) return;
    let outcome: RowOutcome;
    if (match.outcome !== null) {
      outcome = match.outcome;
    } else {
      const alreadyRevoked = match.claims.filter((claim) => !isRevoked(claim));
      outcome = alreadyRevoked.length < match.claims.length ? 'revoked' : 'already_revoked';
      claims.push(...alreadyRevoked.map(toRowClaim));
    }
    counts[outcome] += 1;
    errors.push(...row.errors);
    if (outcome !== 'revoked' && outcome !== 'invalid') {
      errors.push({ ...row.named, reason: outcome });
    }
  });
  return { counts, errors, claims };
}
