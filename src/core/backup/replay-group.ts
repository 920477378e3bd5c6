import type { Context } from '../../context';
import type { Actor } from '../../store/actor';
import type { Tombstone } from '../../store/revocation-copies';
import type { Revocation } from '../../store/revocations';
import type { RevocationLine } from './export-format';
import { withLocalIds } from './local-ids';
import { isFullyOptedOut } from '../revocations/channels';
import { finishRevocation } from '../revocations/finish-revocation';
import { finishFlagged } from '../revocations/finish-flagged';
import { flagsOf, newOptOut } from '../revocations/new-opt-out';
import { newRevocation } from '../revocations/new-revocation';
import { MAX_CERTIFICATES_PER_ENTRY } from '../revocations/revocation-entry';
import { setFlags } from '../revocations/set-flags';

/** What became of the certificates of some requests. */
export interface ReplayedGroup {
  revoked: number;
  tombstones: number;
  already_revoked: number;
  conflicts: string[];
}

/**
 * Replays some requests of an export, one step at a time for all of them together: tombstones, the
 * requests, flags, audit entries, completion. Tombstones come first: a worker may find a request as
 * soon as it is written down, and names in the audit what it has revoked by then.
 */
export async function replayGroup({
  ctx,
  companyId,
  lines: exported,
}: {
  ctx: Context;
  companyId: string;
  lines: RevocationLine[];
}): Promise<ReplayedGroup> {
  const lines = await withLocalIds({ ctx, companyId, lines: exported });
  const { revocationCopies: copies } = ctx.store;
  const requests = lines.map((line) => replayedRequest(companyId, line));
  const ids = requests.map(({ _id }) => _id);
  const before = await lookUp(ctx, companyId, lines);
  const taken = await copies.insertTombstones(before.missing);
  await ctx.reach('replay.buried');
  await copies.recordMissing(requests);
  await ctx.reach('replay.recorded');
  const touched = requests.filter(({ _id }) => before.touched.has(_id));
  const { set: revoked } = await setFlags({
    ctx,
    companyId,
    // All that they name: some may have been registered again since the look-up.
    groups: touched.map(flagsOf),
  });
  await ctx.reach('replay.flagged');
  await advance(ctx, ids);
  await ctx.reach('replay.advanced');
  await finish(ctx, ids);
  const conflicts = await stillMissing(ctx, companyId, taken);
  const tombstones = before.missing.length - taken.length;
  const total = lines.reduce((sum, { certificates }) => sum + certificates.length, 0);
  const already_revoked = total - revoked - tombstones - conflicts.length;
  return { revoked, tombstones, already_revoked, conflicts };
}

function idsOf({ certificates }: RevocationLine): string[] {
  return certificates.map(({ certificate_id }) => certificate_id);
}

/** What the database has before the replay. */
interface Before {
  /** Tombstones for the certificates that it does not have. */
  missing: Tombstone[];
  /** Ids of the requests that have anything left to revoke. */
  touched: Set<string>;
}

async function lookUp(ctx: Context, companyId: string, lines: RevocationLine[]): Promise<Before> {
  const ids = lines.flatMap(idsOf);
  const found = await ctx.store.revocationCopies.findFlags(companyId, ids);
  const flags = new Map(found.map(({ _id, opt_out }) => [_id, opt_out]));
  const now = ctx.now();
  const before: Before = { missing: [], touched: new Set() };
  for (const line of lines) {
    for (const certificate of line.certificates) {
      const optOut = flags.get(certificate.certificate_id);
      if (optOut && isFullyOptedOut(optOut, line.channels)) continue;
      before.touched.add(line.revocation_id);
      if (!optOut) before.missing.push(newTombstone(companyId, line, certificate, now));
    }
  }
  return before;
}

/**
 * Moves the requests on. A backup that was not taken at one instant may have some that are void or
 * completed without their flags or entries: these start over.
 */
async function advance({ store, now }: Context, ids: string[]): Promise<void> {
  await store.transaction(async (session) => {
    const revoked = new Map<string, number>();
    for (const { revocation_id: id } of await store.certificates.revokedByAny(ids, session)) {
      revoked.set(id, (revoked.get(id) ?? 0) + 1);
    }
    const named = new Map<string, number>();
    for (const { _id, certificates } of await store.audit.namedByRevocations(ids, session)) {
      // The number of the page follows the last dot.
      const id = _id.slice(0, _id.lastIndexOf('.'));
      named.set(id, (named.get(id) ?? 0) + certificates.length);
    }
    const flagged = ids.filter((id) => revoked.has(id));
    const unaudited = flagged.filter((id) => (named.get(id) ?? 0) < (revoked.get(id) ?? 0));
    const at = now();
    const unflagged = ids.filter((id) => !revoked.has(id));
    await store.revocationCopies.flag(flagged, ['recorded', 'void'], at, session);
    await store.revocationCopies.flag(unaudited, ['completed', 'flagged', 'batched'], at, session);
    await store.revocationCopies.makeVoid(unflagged, at, session);
  });
}

async function finish(ctx: Context, ids: string[]): Promise<void> {
  const requests = await ctx.store.revocationCopies.findRequests(ids);
  const open = requests.filter(({ state }) => state === 'flagged' || state === 'batched');
  const small = open.filter((one) => one.certificate_ids.length <= MAX_CERTIFICATES_PER_ENTRY);
  if (small.length > 0) await finishFlagged({ ctx, revocations: small });
  for (const { _id: revocationId, certificate_ids } of open) {
    if (certificate_ids.length > MAX_CERTIFICATES_PER_ENTRY) {
      await finishRevocation({ ctx, revocationId });
    }
  }
}

/** Another replay may have inserted the same tombstone; what is missing even so has no place here. */
async function stillMissing(ctx: Context, companyId: string, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const found = await ctx.store.revocationCopies.findFlags(companyId, ids);
  const there = new Set(found.map(({ _id }) => _id));
  return ids.filter((id) => !there.has(id));
}

/** The request as it was, but part of no batch: batches are not replayed, so none writes its audit. */
function replayedRequest(company_id: string, line: RevocationLine): Revocation {
  const { revocation_id, method, actor, ip, reason, requested_at, rows, channels } = line;
  return newRevocation({
    _id: revocation_id,
    company_id,
    method,
    actor: actor as Actor,
    ip,
    reason,
    ...(channels && { channels }),
    certificate_ids: idsOf(line),
    requested_at,
    rows,
  });
}

function newTombstone(
  company_id: string,
  line: RevocationLine,
  { certificate_id, ...copied }: RevocationLine['certificates'][number],
  now: Date,
): Tombstone {
  return {
    _id: certificate_id,
    company_id,
    ...copied,
    email: null,
    mobile: null,
    origin: '',
    consents: [],
    opt_out: newOptOut({ ...line, _id: line.revocation_id }),
    retained_until: null,
    session_retained_until: null,
    retention_requests: 0,
    data: 'removed',
    cleaned_at: now,
  };
}
