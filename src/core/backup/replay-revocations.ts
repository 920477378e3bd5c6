import { MAX_CONSENTS_PER_REQUEST } from '../consents/record-consent-revocation';
import type { Context } from '../../context';
import { REGIONS } from '../../store/regions';
import type { ConsentRevocationLine, RevocationLine } from './export-format';
import {
  checkExport,
  type CheckedExport,
  ExportDamaged,
  type Numbered,
  readRequests,
} from './read-export';
import { type ReplayedConsents, replayConsents } from './replay-consents';
import { replayGroup } from './replay-group';

const REQUESTS_AT_A_TIME = 200;
const CERTIFICATES_AT_A_TIME = 10_000;
/** Per transaction: as many as a single request may name. */
const CONSENTS_AT_A_TIME = MAX_CONSENTS_PER_REQUEST;

type Line = RevocationLine | ConsentRevocationLine;

/** What a replay did. */
export interface Replayed extends CheckedExport {
  /** Certificates of the export that were here and not revoked. */
  revoked: number;
  /** Those that were not here, and now are tombstones. */
  tombstones: number;
  /** Those that were already revoked. */
  already_revoked: number;
  /** Ids of those that have no place, because their session has another certificate here. */
  conflicts: string[];
  /** The same for consents, which always have a place. */
  of_consents: ReplayedConsents;
}

/**
 * Replays the revocations of an export, with their own ids, times and reasons: certificates that the
 * database has are flagged, those it does not have become revoked tombstones. Safe to repeat, to
 * interrupt, and to run twice at once; nothing is ever unset.
 * @param open opens the export at its start; it is read twice, and nothing is changed unless the
 * first reading found it complete
 * @throws ExportDamaged
 */
export async function replayRevocations({
  ctx,
  open,
}: {
  ctx: Context;
  open: () => AsyncIterable<Uint8Array>;
}): Promise<Replayed> {
  const checked = await checkExport(open());
  const { companyId } = checked;
  const result: Replayed = {
    ...checked,
    revoked: 0,
    tombstones: 0,
    already_revoked: 0,
    conflicts: [],
    of_consents: { revoked: 0, tombstones: 0, already_revoked: 0 },
  };
  for await (const group of inGroups(readRequests(open()))) {
    const ofCertificates = group.filter(isOfCertificates);
    if (ofCertificates.length > 0) {
      await assertOurs(ctx, companyId, ofCertificates);
      const lines = ofCertificates.map(({ line }) => line);
      const { conflicts, ...counts } = await replayGroup({ ctx, companyId, lines });
      add(result, counts);
      result.conflicts.push(...conflicts);
    }
    for (const region of REGIONS) {
      const lines = group.filter(isOfConsents).filter(({ line }) => line.region === region);
      if (lines.length === 0) continue;
      add(result.of_consents, await replayConsents({ ctx, companyId, region, lines }));
    }
  }
  return result;
}

function add(total: ReplayedConsents, more: ReplayedConsents): void {
  total.revoked += more.revoked;
  total.tombstones += more.tombstones;
  total.already_revoked += more.already_revoked;
}

function isOfConsents(request: Numbered<Line>): request is Numbered<ConsentRevocationLine> {
  return 'consents' in request.line;
}

function isOfCertificates(request: Numbered<Line>): request is Numbered<RevocationLine> {
  return !isOfConsents(request);
}

async function* inGroups(lines: AsyncIterable<Numbered<Line>>): AsyncGenerator<Numbered<Line>[]> {
  let group: Numbered<Line>[] = [];
  let share = 0;
  for await (const numbered of lines) {
    const more = shareOf(numbered.line);
    if (group.length > 0 && (group.length === REQUESTS_AT_A_TIME || share + more > 1)) {
      yield group;
      group = [];
      share = 0;
    }
    group.push(numbered);
    share += more;
  }
  if (group.length > 0) yield group;
}

/** How much of a group a request takes; 1 is all of it. */
function shareOf(line: Line): number {
  return 'consents' in line
    ? line.consents.length / CONSENTS_AT_A_TIME
    : line.certificates.length / CERTIFICATES_AT_A_TIME;
}

/** A request that belongs to another company here is not the one that the export means. */
async function assertOurs(
  ctx: Context,
  companyId: string,
  lines: Numbered<RevocationLine>[],
): Promise<void> {
  const ids = lines.map(({ line }) => line.revocation_id);
  for (const { _id, company_id } of await ctx.store.revocationCopies.findRequests(ids)) {
    if (company_id === companyId) continue;
    const number = lines.find(({ line }) => line.revocation_id === _id)?.number;
    throw new ExportDamaged(`line ${String(number)}: another company has this revocation_id`);
  }
}
