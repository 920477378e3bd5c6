import type { Batch } from '../../store/batches';

/** Fewer than this share of the rows match: probably the wrong file, or the wrong column. */
const FEW_SHARE = 0.05;

/** Why a file may not be what its uploader thinks. */
export interface BatchWarning {
  code: 'active_rows' | 'few_matches' | 'unread_channels';
  /** A sentence for whoever is about to commit it. */
  message: string;
}

/** What looks wrong with a batch's file as far as it has been read. */
export function warningsOf(batch: Batch): BatchWarning[] {
  return [...activeRows(batch), ...unreadChannels(batch), ...fewMatches(batch)];
}

/** A list of everybody, with a column that tells who has opted out, revokes everybody. */
function activeRows({ active_rows = 0, upload }: Batch): BatchWarning[] {
  if (active_rows === 0) return [];
  const rows = active_rows === 1 ? '1 row says' : `${counted(active_rows)} rows say`;
  const column = upload?.status_column?.name ?? '';
  const message = `In the column "${column}" ${rows} that consent is active: every row of the file is revoked, whatever that column says. Upload only the rows that are to be revoked.`;
  return [{ code: 'active_rows', message }];
}

/** What cannot be read stands for everything, so that nobody goes on being contacted by mistake. */
function unreadChannels({ unread_channels: unread = 0, upload }: Batch): BatchWarning[] {
  if (unread === 0) return [];
  const cells = unread === 1 ? '1 cell' : `${counted(unread)} cells`;
  const column = upload?.channels_column?.name ?? '';
  const message = `In the column "${column}" ${cells} cannot be read, and ${unread === 1 ? 'its row opts' : 'their rows opt'} out of everything. Write call, text or email, or several of them.`;
  return [{ code: 'unread_channels', message }];
}

function fewMatches(batch: Batch): BatchWarning[] {
  const { method, kind, upload, rows_total, rows_read, not_found, invalid } = batch;
  // Only what has been read to its end is judged.
  if (!upload || kind || method !== 'csv' || rows_total === null || rows_read === 0) return [];
  const matched = rows_read - not_found - invalid;
  if (matched >= rows_read * FEW_SHARE) return [];
  const matching = matched === 0 ? 'None' : `Only ${counted(matched)}`;
  const message = `${matching} of ${counted(rows_read)} ${rows_read === 1 ? 'row matches' : 'rows match'} a certificate: check that this is the right file, and that its columns hold what their names say.`;
  return [{ code: 'few_matches', message }];
}

function counted(count: number): string {
  return count.toLocaleString('en-US');
}
