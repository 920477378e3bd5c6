import { MAX_CONSENTS_PER_REQUEST } from '../consents/record-consent-revocation';
import type { Context } from '../../context';
import { REGIONS } from '../../store/regions';
import type {
  ConsentRevocationLine,
  ContentLine,
  RevocationLine,
  SuppressionLine,
} from './export-format';
import {
  checkExport,
  type CheckedExport,
  ExportDamaged,
  type Numbered,
  readContent,
} from './read-export';
import { type ReplayedConsents, replayConsents } from './replay-consents';
import { replayGroup } from './replay-group';
import { type ReplayedSuppressions, replaySuppressions } from './replay-suppressions';

const REQUESTS_AT_A_TIME = 200;
const CERTIFICATES_AT_A_TIME = 10_000;
/** Per transaction: as many as a single request may name. */
const CONSENTS_AT_A_TIME = MAX_CONSENTS_PER_REQUEST;
const SUPPRESSIONS_AT_A_TIME = 500;

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
  of_suppressions: ReplayedSuppressions;
}

/**
 * Replays the revocations of an export, with their own ids, times and reasons: certificates that the
 * database has are flagged, those it does not have become revoked tombstones. Safe to repeat, to
 * interrupt, and to run twice at once; nothing is ever unset. Opt-outs are remembered last.
 * @param open opens the export at its start; it is read twice, and nothing is changed unless the
 * first reading found it complete
 * @param progress told, now and then, how many lines are done
 * @throws ExportDamaged
 */
export async function replayRevocations({
  ctx,
  open,
  progress,
}: {
  ctx: Context;
  open: () => AsyncIterable<Uint8Array>;
  progress?: (lines: number) => void;
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
    of_suppressions: { remembered: 0, already_remembered: 0 },
  };
  let lines = 0;
  for await (const group of inGroups(readContent(open()))) {
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
    const remembered = group.map(({ line }) => line).filter(isSuppression);
    if (remembered.length > 0) {
      const replayed = await replaySuppressions({ ctx, companyId, lines: remembered });
      result.of_suppressions.remembered += replayed.remembered;
      result.of_suppressions.already_remembered += replayed.already_remembered;
    }
    lines += group.length;
    progress?.(lines);
  }
  return result;
}

function add(total: ReplayedConsents, more: ReplayedConsents): void {
  total.revoked += more.revoked;
  total.tombstones += more.tombstones;
  total.already_revoked += more.already_revoked;
}

function isOfConsents(one: Numbered<ContentLine>): one is Numbered<ConsentRevocationLine> {
  return 'consents' in one.line;
}

function isOfCertificates(one: Numbered<ContentLine>): one is Numbered<RevocationLine> {
  return 'certificates' in one.line;
}

function isSuppression(line: ContentLine): line is SuppressionLine {
  return 'suppression' in line;
}

async function* inGroups(
  lines: AsyncIterable<Numbered<ContentLine>>,
): AsyncGenerator<Numbered<ContentLine>[]> {
  let group: Numbered<ContentLine>[] = [];
  let share = 0;
  for await (const numbered of lines) {
    const more = shareOf(numbered.line);
    if (group.length > 0 && share + more > 1) {
      yield group;
      group = [];
      share = 0;
    }
    group.push(numbered);
    share += more;
  }
  if (group.length > 0) yield group;
}

/** How much of a group a line takes; 1 is all of it. */
function shareOf(line: ContentLine): number {
  if ('suppression' in line) return 1 / SUPPRESSIONS_AT_A_TIME;
  const share =
    'consents' in line
      ? line.consents.length / CONSENTS_AT_A_TIME
      : line.certificates.length / CERTIFICATES_AT_A_TIME;
  return Math.max(share, 1 / REQUESTS_AT_A_TIME);
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
