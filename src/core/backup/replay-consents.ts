import { newConsentRevocation } from '../consents/new-consent-revocation';
import { consentRevocationEntry, revokedVersion } from '../consents/record-consent-revocation';
import type { Context } from '../../context';
import { retryOnDuplicate, type Session } from '../../store';
import type { Actor } from '../../store/actor';
import type { ConsentRevocation } from '../../store/consent-revocations';
import { type ConsentRecord, NOT_CLEANED } from '../../store/consents';
import type { Region, RegionStore } from '../../store/regions';
import type { ConsentRevocationLine } from './export-format';
import { ExportDamaged, type Numbered } from './read-export';

/** What became of the consents of some requests. */
export interface ReplayedConsents {
  revoked: number;
  tombstones: number;
  already_revoked: number;
}

/** What the replay of some requests adds. */
interface Additions extends ReplayedConsents {
  requests: ConsentRevocation[];
  versions: ConsentRecord[];
}

type Lines = Numbered<ConsentRevocationLine>[];

/**
 * Replays some requests of an export in their region, free of charge. Requests, revoked versions and
 * audit entries are one transaction, as when they were first recorded; a consent that was revoked in
 * the meantime keeps the request that revoked it. What a policy cleans up then is left to the sweep.
 * @param region of all the lines
 * @throws ExportDamaged when another company has something that a line names
 */
export async function replayConsents({
  ctx,
  companyId,
  region,
  lines,
}: {
  ctx: Context;
  companyId: string;
  region: Region;
  lines: Lines;
}): Promise<ReplayedConsents> {
  const store = ctx.store.regions[region];
  return retryOnDuplicate(() =>
    store.transaction(async (session) => {
      const added = await record(store, companyId, lines, session, ctx.now());
      await ctx.reach('replay.consents_revoked');
      return added;
    }),
  );
}

async function record(
  { consentCopies: copies, consents, audit }: RegionStore,
  companyId: string,
  lines: Lines,
  session: Session,
  now: Date,
): Promise<Additions> {
  const requestIds = lines.map(({ line }) => line.consent_revocation_id);
  const consentIds = lines.flatMap(({ line }) => line.consents.map((one) => one.consent_id));
  const known = await copies.findRequests(requestIds, session);
  const newest = await copies.findNewest(consentIds, session);
  assertOurs(companyId, lines, known, newest);
  const added = additions(companyId, lines, newest, now);
  const knownIds = new Set(known.map(({ _id }) => _id));
  const missing = added.requests.filter(({ _id }) => !knownIds.has(_id));
  await copies.insertRequests(missing, session);
  if (added.versions.length > 0) await consents.insert(added.versions, session);
  // Also for known requests: a backup that was not taken at one instant may lack their entries.
  await audit.appendMany(added.requests.map(consentRevocationEntry), session);
  return added;
}

/** An id that belongs to another company here is not the one that the export means. */
function assertOurs(
  companyId: string,
  lines: Lines,
  requests: ConsentRevocation[],
  consents: ConsentRecord[],
): void {
  const isTheirs = ({ company_id }: { company_id: string }) => company_id !== companyId;
  const theirs = new Set([
    ...requests.filter(isTheirs).map(({ _id }) => _id),
    ...consents.filter(isTheirs).map(({ consent_id }) => consent_id),
  ]);
  for (const { number, line } of lines) {
    const ids = [line.consent_revocation_id, ...line.consents.map(({ consent_id }) => consent_id)];
    if (!ids.some((id) => theirs.has(id))) continue;
    throw new ExportDamaged(`line ${String(number)}: another company has what it names`);
  }
}

/** @param found the newest version of each consent that the region has */
function additions(companyId: string, lines: Lines, found: ConsentRecord[], now: Date): Additions {
  const newest = new Map(found.map((record) => [record.consent_id, record]));
  const added: Additions = {
    requests: [],
    versions: [],
    revoked: 0,
    tombstones: 0,
    already_revoked: 0,
  };
  for (const { line } of lines) {
    const request = replayedRequest(companyId, line, now);
    for (const copied of line.consents) {
      const { consent_id } = copied;
      const there = newest.get(consent_id);
      if (there?.status === 'revoked') {
        added.already_revoked += 1;
        if (there.revocation_id === request._id) request.consent_ids.push(consent_id);
        continue;
      }
      added[there ? 'revoked' : 'tombstones'] += 1;
      const version = revokedVersion(there ?? missingOriginal(request, copied, now), request);
      newest.set(consent_id, version);
      added.versions.push(version);
      request.consent_ids.push(consent_id);
    }
    // A request that has revoked nothing here is not recorded.
    if (request.consent_ids.length > 0) added.requests.push(request);
  }
  return added;
}

/** The request as it was; there is nothing left to follow up. */
function replayedRequest(
  company_id: string,
  line: ConsentRevocationLine,
  now: Date,
): ConsentRevocation {
  const { consent_revocation_id, dialect, method, ip, reason, requested_at, impact } = line;
  return newConsentRevocation({
    _id: consent_revocation_id,
    company_id,
    dialect,
    method,
    actor: line.actor as Actor,
    ip,
    reason,
    consent_ids: [],
    requested_at,
    impact,
    state: 'completed',
    completed_at: now,
  });
}

/**
 * Stands in for the version that was revoked of a consent that the region does not have: a
 * tombstone, since an export has neither subject nor terms.
 */
function missingOriginal(
  { company_id, dialect, actor, ip }: ConsentRevocation,
  { version, ...copied }: ConsentRevocationLine['consents'][number],
  now: Date,
): ConsentRecord {
  const subject = { email: null, mobile: null, ref: null };
  const terms = { subject, purposes: [], text: '', retention_policy: null };
  return {
    _id: copied.consent_id,
    company_id,
    dialect,
    ...copied,
    actor,
    ip,
    version: version - 1,
    status: 'granted',
    terms: dialect === 'attestr' ? terms : null,
    recorded_at: copied.given_at,
    reason: null,
    revocation_id: null,
    ...NOT_CLEANED,
    data: 'removed',
    cleaned_at: now,
  };
}
