import type { Context } from '../../context';
import type { OptOut } from '../../store/certificates';
import type { Actor } from '../../store/actor';
import type { Tombstone } from '../../store/revocation-copies';
import type { Revocation } from '../../store/revocations';
import type { RevocationLine } from './export-format';
import { finishRevocation, MAX_CERTIFICATES_PER_ENTRY } from '../revocations/finish-revocation';
import { finishFlagged } from '../revocations/finish-together';

/** What became of the certificates of some requests. */
export interface ReplayedGroup {
  revoked: number;
  tombstones: number;
  already_revoked: number;
  conflicts: string[];
}

/**
 * Carries some requests of an export out again, each step for all of them at once: tombstones,
 * written down, flags, audit, completed. Tombstones come first, because a worker may find a request
 * as soon as it is written down, and names in the audit what is revoked by then.
 */
export async function replayGroup({
  ctx,
  companyId,
  lines,
}: {
  ctx: Context;
  companyId: string;
  lines: RevocationLine[];
}): Promise<ReplayedGroup> {
  const { revocationCopies: copies } = ctx.store;
  const before = await lookAt(ctx, companyId, lines);
  const taken = await copies.insertTombstones(before.missing);
  await ctx.reach('replay.buried');
  await copies.recordMissing(lines.map((line) => newRequest(companyId, line)));
  await ctx.reach('replay.recorded');
  const touched = lines.filter(({ revocation_id }) => before.touched.has(revocation_id));
  const revoked = await copies.setFlags(
    companyId,
    // All that they name: some may have been registered again since they were looked at.
    touched.map((line) => ({ ids: idsOf(line), optOut: newOptOut(line) })),
  );
  await ctx.reach('replay.flagged');
  await settle(ctx, lines);
  await ctx.reach('replay.settled');
  await finish(ctx, lines);
  const conflicts = await stillMissing(ctx, companyId, taken);
  const tombstones = before.missing.length - taken.length;
  const total = lines.reduce((sum, { certificates }) => sum + certificates.length, 0);
  const already_revoked = total - revoked - tombstones - conflicts.length;
  return { revoked, tombstones, already_revoked, conflicts };
}

function idsOf({ certificates }: RevocationLine): string[] {
  return certificates.map(({ certificate_id }) => certificate_id);
}

interface Before {
  /** Of certificates that are not there. */
  missing: Tombstone[];
  /** Ids of requests that have anything to do here. */
  touched: Set<string>;
}

async function lookAt(ctx: Context, companyId: string, lines: RevocationLine[]): Promise<Before> {
  const ids = lines.flatMap(idsOf);
  const found = await ctx.store.revocationCopies.findFlags(companyId, ids);
  const revoked = new Map(found.map(({ _id, opt_out }) => [_id, opt_out.revoke]));
  const before: Before = { missing: [], touched: new Set() };
  for (const line of lines) {
    for (const certificate of line.certificates) {
      const flag = revoked.get(certificate.certificate_id);
      if (flag === true) continue;
      before.touched.add(line.revocation_id);
      if (flag === undefined) before.missing.push(newTombstone(companyId, line, certificate));
    }
  }
  return before;
}

/**
 * Moves the requests on. A backup that was not made in one moment can have some that are void or
 * completed without their flags or entries: these begin again.
 */
async function settle({ store }: Context, lines: RevocationLine[]): Promise<void> {
  const ids = lines.map(({ revocation_id }) => revocation_id);
  await store.transaction(async (session) => {
    const revoked = new Map<string | null, number>();
    for (const { opt_out } of await store.certificates.revokedByAny(ids, session)) {
      revoked.set(opt_out.revocation_id, (revoked.get(opt_out.revocation_id) ?? 0) + 1);
    }
    const named = new Map<string, number>();
    for (const { _id, certificates } of await store.audit.namedByRevocations(ids, session)) {
      // After the last dot comes the number of the page.
      const id = _id.slice(0, _id.lastIndexOf('.'));
      named.set(id, (named.get(id) ?? 0) + certificates.length);
    }
    const won = ids.filter((id) => revoked.has(id));
    const unnamed = won.filter((id) => (named.get(id) ?? 0) < (revoked.get(id) ?? 0));
    const lost = ids.filter((id) => !revoked.has(id));
    await store.revocationCopies.flag(won, ['recorded', 'void'], session);
    await store.revocationCopies.flag(unnamed, ['completed'], session);
    await store.revocationCopies.makeVoid(lost, session);
  });
}

async function finish(ctx: Context, lines: RevocationLine[]): Promise<void> {
  const ids = lines.map(({ revocation_id }) => revocation_id);
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

/** Whoever was faster with a tombstone did the same; what is not there then has no place. */
async function stillMissing(ctx: Context, companyId: string, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const found = await ctx.store.revocationCopies.findFlags(companyId, ids);
  const there = new Set(found.map(({ _id }) => _id));
  return ids.filter((id) => !there.has(id));
}

function newRequest(company_id: string, line: RevocationLine): Revocation {
  const { revocation_id, method, actor, ip, reason, requested_at, rows } = line;
  return {
    _id: revocation_id,
    company_id,
    method,
    ip,
    reason,
    requested_at,
    rows,
    actor: actor as Actor,
    certificate_ids: idsOf(line),
    state: 'recorded',
    flags_committed_at: null,
    completed_at: null,
    enqueued_at: null,
    // The batch itself is not replayed, so that nobody else would see to its audit.
    batch_id: null,
  };
}

function newOptOut({ requested_at, method, reason, revocation_id }: RevocationLine): OptOut {
  return { revoke: true, revoked_at: requested_at, method, reason, revocation_id };
}

function newTombstone(
  company_id: string,
  line: RevocationLine,
  { certificate_id, ...copied }: RevocationLine['certificates'][number],
): Tombstone {
  return {
    _id: certificate_id,
    company_id,
    ...copied,
    email: null,
    mobile: null,
    origin: '',
    consents: [],
    opt_out: newOptOut(line),
    retained_until: null,
    session_retained_until: null,
    retention_requests: 0,
    data: 'removed',
    cleaned_at: new Date(),
  };
}
