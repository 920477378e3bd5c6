import type { Context } from '../context';
import type { RevocationLine } from './export-format';
import { checkExport, type CheckedExport, ExportDamaged, readRequests } from './read-export';
import { replayGroup } from './replay-group';

const REQUESTS_AT_A_TIME = 200;
const CERTIFICATES_AT_A_TIME = 10_000;

/** What a replay has come to. */
export interface Replayed extends CheckedExport {
  /** Certificates of the export that were there and not revoked. */
  revoked: number;
  /** Those that were not there, and now are as tombstones. */
  tombstones: number;
  /** Those that were revoked already. */
  already_revoked: number;
  /** Ids of those whose session has another certificate here, so that there is no place for them. */
  conflicts: string[];
}

/**
 * Carries the revocations of an export out again, under their own ids, times and reasons: what the
 * database has is flagged, what it does not have gets a tombstone that is revoked. May be repeated,
 * interrupted and run twice at once; nothing is ever unset.
 * @param open opens the export from its start; it is read twice, and nothing is done unless the first
 * reading found it whole
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
    ...{ revoked: 0, tombstones: 0, already_revoked: 0, conflicts: [] },
  };
  for await (const lines of inGroups(readRequests(open()))) {
    await assertOurs(ctx, companyId, lines);
    const done = await replayGroup(
      ctx,
      companyId,
      lines.map(({ line }) => line),
    );
    result.revoked += done.revoked;
    result.tombstones += done.tombstones;
    result.already_revoked += done.already_revoked;
    result.conflicts.push(...done.conflicts);
  }
  return result;
}

interface NumberedLine {
  number: number;
  line: RevocationLine;
}

async function* inGroups(lines: AsyncIterable<NumberedLine>): AsyncGenerator<NumberedLine[]> {
  let group: NumberedLine[] = [];
  let certificates = 0;
  for await (const numbered of lines) {
    const more = numbered.line.certificates.length;
    const full =
      group.length === REQUESTS_AT_A_TIME || certificates + more > CERTIFICATES_AT_A_TIME;
    if (full && group.length > 0) {
      yield group;
      group = [];
      certificates = 0;
    }
    group.push(numbered);
    certificates += more;
  }
  if (group.length > 0) yield group;
}

/** An id that another company's request has here is not that request. */
async function assertOurs(ctx: Context, companyId: string, lines: NumberedLine[]): Promise<void> {
  const ids = lines.map(({ line }) => line.revocation_id);
  for (const { _id, company_id } of await ctx.store.revocationCopies.findRequests(ids)) {
    if (company_id === companyId) continue;
    const number = lines.find(({ line }) => line.revocation_id === _id)?.number;
    throw new ExportDamaged(`line ${String(number)}: another company has this revocation_id`);
  }
}
