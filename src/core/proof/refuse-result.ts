import type { Context } from '../../context';
import { sha256Of } from '../../lib/sha256-of';
import { scrubOf } from '../../store/answered-entries';
import type { AuditEntry } from '../../store/audit-entries';
import { resultFileId } from '../../store/batch-scrub';
import { FileDamaged } from '../../store/files';
import { LogAltered } from './log-altered';

/**
 * Compares the result of a scrub with what its entry says, for as long as it is kept.
 * @throws LogAltered when it is another
 */
export async function refuseOtherResult({
  ctx,
  entry: { _id, answered },
}: {
  ctx: Context;
  entry: AuditEntry;
}): Promise<void> {
  if (!answered) return;
  const fileId = resultFileId(scrubOf(_id));
  const { uploads } = ctx.store;
  if (!(await uploads.find(fileId))) return;
  const hash = await sha256Of(uploads.read(fileId, answered.bytes)).catch((error: unknown) => {
    if (error instanceof FileDamaged) return 'a part of it is missing';
    throw error;
  });
  if (hash === answered.result_sha256) return;
  throw new LogAltered(`the result of scrub ${scrubOf(_id)} is not what was answered: ${hash}`);
}
