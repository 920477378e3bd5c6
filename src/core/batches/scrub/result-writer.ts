import type { Context } from '../../../context';
import type { Session } from '../../../store';
import type { Batch } from '../../../store/batches';
import { resultFileId } from '../../../store/batch-scrub';
import type { FileEnd } from '../../../store/files';

/** Writes the result of a scrub from where its last checkpoint stands. */
export interface ResultWriter {
  /**
   * Appends text, in the transaction of a checkpoint.
   * @returns how many bytes there are then, and what to call once the transaction has committed
   */
  append: (text: string, session: Session) => Promise<{ bytes: number; committed: () => void }>;
}

/** Opens the result of a scrub that this process holds. */
export async function openResult({
  ctx,
  batch: { _id, scrub },
}: {
  ctx: Context;
  batch: Batch;
}): Promise<ResultWriter> {
  const id = resultFileId(_id);
  let end = await ctx.store.uploads.findEnd(id, scrub?.result_bytes ?? 0);
  return {
    append: async (text, session) => {
      // A transaction that is tried again starts from the same end.
      const next: FileEnd = await ctx.store.uploads.append(id, end, Buffer.from(text), session);
      return {
        bytes: next.start + next.bytes.length,
        committed: () => {
          end = next;
        },
      };
    },
  };
}
