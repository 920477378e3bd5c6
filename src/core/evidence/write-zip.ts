import { PassThrough, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { Context } from '../../context';
import type { Evidence, MadeEvidence } from '../../store/evidence';
import type { FileEnd } from '../../store/files';

/** Written in one transaction, at least. */
const PART_BYTES = 1024 * 1024;

/** A file in the archive. */
export interface ZipEntry {
  name: string;
  content: string | Buffer;
}

/** Thrown when another try has begun, or nobody wants the file any more. */
export class EvidenceLost extends Error {}

/**
 * Packs files into the archive of a try, as they come: one of them and a part of the archive are in
 * memory at a time. Each part is written only while the try is the newest one.
 * @param entries ends before `made` is asked for
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
  made: () => Omit<MadeEvidence, 'bytes'>;
}): Promise<void> {
  const zip = new ZipFile();
  const output = zip.outputStream.pipe(new PassThrough());
  zip.on('error', (error: Error) => output.destroy(error));
  const stop = new AbortController();
  const packing = pack({ zip, entries, at, signal: stop.signal }).catch((error: unknown) => {
    output.destroy(error as Error);
  });
  let end: FileEnd = { start: 0, bytes: Buffer.alloc(0) };
  let [waiting, bytes] = [[] as Buffer[], 0];
  let held = 0;
  const write = async (part: Buffer, last: Omit<MadeEvidence, 'bytes'> | null): Promise<void> => {
    const total = bytes + part.length;
    const before = end;
    end = await ctx.store.transaction(async (session) => {
      const isOurs = last
        ? await ctx.store.evidence.finish(evidence, { ...last, bytes: total }, session)
        : await ctx.store.evidence.wrote(evidence, total, session);
      if (!isOurs) throw new EvidenceLost();
      const files = ctx.store.evidenceFiles;
      const after = await files.append(evidence._id, before, part, session);
      if (last) await files.finish(evidence._id, total, last.made_at, session);
      await ctx.reach(last ? 'evidence.finishing' : 'evidence.writing');
      return after;
    });
    bytes = total;
  };
  try {
    for await (const chunk of output as AsyncIterable<Buffer>) {
      waiting.push(chunk);
      held += chunk.length;
      if (held < PART_BYTES) continue;
      await write(Buffer.concat(waiting), null);
      [waiting, held] = [[], 0];
    }
    await packing;
    await write(Buffer.concat(waiting), made());
  } finally {
    stop.abort();
    output.destroy();
    await packing;
  }
}

async function pack({
  zip,
  entries,
  at: mtime,
  signal,
}: {
  zip: ZipFile;
  entries: AsyncIterable<ZipEntry>;
  at: Date;
  signal: AbortSignal;
}): Promise<void> {
  for await (const { name, content } of entries) {
    signal.throwIfAborted();
    const source = Readable.from([Buffer.from(content)]);
    zip.addReadStream(source, name, { mtime });
    // One after another: the archive would hold all that it is given.
    await finished(source, { cleanup: true, signal });
  }
  zip.end();
}
