import type { Context } from '../../context';
import { type ZipEntry, zipOf } from '../../lib/zip';
import type { Evidence, MadeEvidence } from '../../store/evidence';
import type { FileEnd } from '../../store/files';

/** Written in one transaction, at least. */
const PART_BYTES = 1024 * 1024;

/** Thrown when another try has begun, or nobody wants the file any more. */
export class EvidenceLost extends Error {}

/** What is known of a file once all of it has been read. */
type Result = Omit<MadeEvidence, 'bytes'>;

/**
 * Packs files into the archive of a try, as they come: one of them and a part of the archive are in
 * memory at a time. Each part is written only while the try is the newest one.
 * @param made asked for once all entries are written
 * @throws EvidenceLost
 */
export async function writeZip({
  ctx,
  evidence,
  entries,
  at,
  made,
}: {
  ctx: Context;
  evidence: Evidence;
  entries: AsyncIterable<ZipEntry>;
  /** When the files in it are from. */
  at: Date;
  made: () => Result;
}): Promise<void> {
  let [waiting, held] = [[] as Buffer[], 0];
  let file: Written = { bytes: 0, end: { start: 0, bytes: Buffer.alloc(0) } };
  for await (const chunk of zipOf(entries, at)) {
    waiting.push(chunk);
    held += chunk.length;
    if (held < PART_BYTES) continue;
    file = await writePart({ ctx, evidence, file, part: Buffer.concat(waiting), result: null });
    [waiting, held] = [[], 0];
  }
  await writePart({ ctx, evidence, file, part: Buffer.concat(waiting), result: made() });
}

interface Written {
  bytes: number;
  end: FileEnd;
}

function writePart({
  ctx,
  evidence,
  file,
  part,
  result,
}: {
  ctx: Context;
  evidence: Evidence;
  /** As it is without this part. */
  file: Written;
  part: Buffer;
  /** Given with the last part. */
  result: Result | null;
}): Promise<Written> {
  const { evidence: store, evidenceFiles: files } = ctx.store;
  const bytes = file.bytes + part.length;
  return ctx.store.transaction(async (session) => {
    const isOurs = result
      ? await store.finish(evidence, { ...result, bytes }, session)
      : await store.wrote(evidence, bytes, session);
    if (!isOurs) throw new EvidenceLost();
    const end = await files.append(evidence._id, file.end, part, session);
    if (result) await files.finish(evidence._id, bytes, result.made_at, session);
    await ctx.reach(result ? 'evidence.finishing' : 'evidence.writing');
    return { bytes, end };
  });
}
