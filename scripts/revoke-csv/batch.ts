import { type Access, ask, download } from '../csv-files/access';
import { patiently, type Trouble } from '../csv-files/follow';

/** The object by which the service tells how far a batch has come. */
export interface BatchView {
  batch_id: string;
  state: string;
  dry_run: boolean;
  rows_read: number;
  rows_total: number | null;
  revoked: number;
  already_revoked: number;
  not_found: number;
  invalid: number;
  duplicate: number;
  /** Absent in services of earlier releases, like what is optional below. */
  remembered?: number;
  partial_rows?: number;
  certificates_revoked: number;
  rows_per_second: number | null;
  seconds_left: number | null;
  error: string | null;
  columns_used?: { name: string; kind?: string }[];
  columns_ignored?: string[];
  warnings?: { message: string }[];
}

/** The path of a batch. */
export function batchPath(batchId: string): string {
  return `/revocations/batches/${encodeURIComponent(batchId)}`;
}

/**
 * How a batch stands.
 * @throws Refused, Unreachable
 */
export async function getBatch(access: Access, batchId: string): Promise<BatchView> {
  return (await ask(access, batchPath(batchId))) as BatchView;
}

/**
 * Saves the rows that were not revoked, if there are any, trying as long as the service is away.
 * @returns how many lines there were besides the header; nothing is saved when there were none
 * @throws Refused; the error of the file system
 */
export async function fetchErrors(
  access: Access,
  batchId: string,
  file: string,
  onTrouble: Trouble,
): Promise<number> {
  const path = `${batchPath(batchId)}/errors.csv`;
  const save = () => download(access, path, { file, keepAbove: 1 });
  return Math.max(0, (await patiently(access, save, onTrouble)) - 1);
}
