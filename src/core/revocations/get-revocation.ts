import type { Context } from '../../context';
import { AppError } from '../../errors';
import { type Channel, CHANNELS } from '../../store/certificates';
import type { ConsentRevocation } from '../../store/consent-revocations';
import type { Revocation } from '../../store/revocations';
import type { Region } from '../../store/regions';
import { actorName } from '../audit/actor-name';
import { findByReference, type Referenced } from '../references/find-by-reference';

/** How many certificates, and how many consents, are named. */
const MAX_NAMED = 1_000;

/**
 * How far a request is. `revoking`: not every flag is set · `recording`: all are, the audit follows ·
 * `nothing_revoked`: nothing was left to revoke.
 */
export const REVOCATION_STATES = ['revoking', 'recording', 'completed', 'nothing_revoked'] as const;
export type RevocationState = (typeof REVOCATION_STATES)[number];

/** What a company was asked to revoke, and what came of it; as it goes over the wire. */
export interface RevocationView {
  /** The portal's reference number where there is one, else the revocation's id. */
  reference: string;
  /** Of the first part; null where it revoked no certificate. */
  revocation_id: string | null;
  /** The file or list that it is a part of. */
  batch_id: string | null;
  method: string;
  state: RevocationState;
  /** Times in ISO 8601. */
  requested_at: string;
  /** Null while not every flag is set. */
  flags_committed_at: string | null;
  completed_at: string | null;
  actor: string;
  ip: string | null;
  reason: string | null;
  /** What was opted out of; all of them: it revokes. */
  channels: Channel[];
  certificates_count: number;
  /** The first 1,000. */
  certificates: string[];
  consents_count: number;
  /** Of the Attestr and Baanx dialects, the first 1,000. */
  consents: string[];
}

/**
 * A request to revoke, by its id or by the reference number that the portal gave: this company's part
 * of it alone.
 * @throws AppError revocation_not_found, also when it did not concern the company
 */
export async function getRevocation({
  ctx,
  region,
  companyId,
  reference,
}: {
  ctx: Context;
  /** Default: home, where all but some consents of the Baanx dialect are. */
  region?: Region | undefined;
  companyId: string;
  reference: string;
}): Promise<RevocationView> {
  const found = await findByReference({ ctx, region, companyId, text: reference });
  if (!found) throw new AppError('revocation_not_found');
  return describeRevocation({ ctx, found });
}

/** What a company was asked for, and what came of it, once its records are found. */
export async function describeRevocation({
  ctx,
  found,
}: {
  ctx: Context;
  found: Referenced;
}): Promise<RevocationView> {
  const ids = found.revocations.map(({ _id }) => _id);
  const [certificates_count, certificates] = await Promise.all([
    ctx.store.certificateSearch.countRevokedBy(ids),
    ctx.store.certificateSearch.idsRevokedBy(ids, MAX_NAMED),
  ]);
  const consents = found.consents.flatMap(({ consent_ids }) => consent_ids);
  return {
    ...headOf(found),
    ...progressOf(found),
    certificates_count,
    certificates,
    consents_count: consents.length,
    consents: consents.slice(0, MAX_NAMED),
  };
}

/** Who asked, when and how. */
function headOf({ reference, portal, revocations, consents }: Referenced) {
  const first: Revocation | ConsentRevocation | undefined = revocations[0] ?? consents[0];
  const requestedAt = portal?.requested_at ?? first?.requested_at;
  return {
    reference: reference ?? first?._id ?? '',
    revocation_id: revocations.find(({ state }) => state !== 'void')?._id ?? null,
    batch_id: revocations[0]?.batch_id ?? null,
    // With nothing recorded for the company, there is the portal's own record of the request.
    method: first?.method ?? 'consumer_portal',
    requested_at: (requestedAt ?? new Date(0)).toISOString(),
    actor: first ? actorName(first.actor) : 'consumer',
    ip: first?.ip ?? null,
    reason: first?.reason ?? null,
    channels: revocations[0]?.channels ?? [...CHANNELS],
  };
}

function progressOf({ revocations, consents }: Referenced) {
  const flagged = latest(
    revocations.map(({ flags_committed_at }) => flags_committed_at),
    consents.map(({ requested_at }) => requested_at),
  );
  const parts = [...revocations.filter(({ state }) => state !== 'void'), ...consents];
  const completed = latest(parts.map(({ completed_at }) => completed_at));
  return {
    state: stateOf(revocations, parts),
    flags_committed_at: flagged?.toISOString() ?? null,
    completed_at: completed?.toISOString() ?? null,
  };
}

function stateOf(
  revocations: Revocation[],
  parts: (Revocation | ConsentRevocation)[],
): RevocationState {
  if (revocations.some(({ state }) => state === 'recorded')) return 'revoking';
  if (parts.length === 0) return 'nothing_revoked';
  return parts.every(({ state }) => state === 'completed') ? 'completed' : 'recording';
}

/** The latest time; null if there is none, or if one is still to come. */
function latest(...times: (Date | null)[][]): Date | null {
  const all = times.flat();
  if (all.length === 0 || all.includes(null)) return null;
  return new Date(Math.max(...all.map((time) => time?.getTime() ?? 0)));
}
