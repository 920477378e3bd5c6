import { columns, counted, printable } from '../csv-files/display';
import type { BatchView } from './batch';

/** What has become of the rows, or would, for the end. */
export function summary(batch: BatchView): string {
  const isPreview = batch.dry_run || batch.state === 'previewed';
  const lines: [string, number][] = [
    ['rows read', batch.rows_read],
    [isPreview ? '  would be revoked' : '  revoked', batch.revoked],
    ['  already revoked', batch.already_revoked],
    ['  not found', batch.not_found],
    ['  invalid', batch.invalid],
    ['  duplicate', batch.duplicate],
    [isPreview ? 'certificates to revoke' : 'certificates revoked', batch.certificates_revoked],
  ];
  const { partial_rows: partial = 0 } = batch;
  if (partial > 0) lines.push(['for some channels only', partial]);
  if (!isPreview && batch.remembered !== undefined) {
    lines.push(['rows remembered', batch.remembered]);
  }
  const first = `${batch.state} ${batch.batch_id}`;
  return [first, ...counted(lines), ...columns(batch), ...warnings(batch)].join('\n');
}

function warnings({ warnings = [] }: BatchView): string[] {
  return warnings.map(({ message }) => printable(`WARNING: ${message}`));
}
