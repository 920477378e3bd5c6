import type { Context } from '../../../context';
import type { Upload } from '../../../store/batches';
import { readHeaderCells } from '../csv/header';
import { headerLine } from './result-cells';
import { ANSWER_COLUMNS } from './scrub-columns';

const MARK = '\ufeff';

/**
 * How the result begins: with the file's own header and the columns of the answer. It has a byte order
 * mark where the file had one, or would be taken for something else than UTF-8 without.
 */
export async function resultHeader({
  ctx,
  upload,
}: {
  ctx: Context;
  upload: Upload;
}): Promise<string> {
  const parts: Buffer[] = [];
  const source = ctx.store.uploads.read(upload.file_id, upload.data.offset);
  for await (const part of source) parts.push(part as Buffer);
  const { cells, hasMark } = readHeaderCells(Buffer.concat(parts), upload);
  const line = headerLine(cells, ANSWER_COLUMNS, upload.delimiter);
  return hasMark || upload.encoding !== 'utf-8' ? MARK + line : line;
}
