/** What the calls of CSV and bulk revocations answer; the OpenAPI document shows these and tests check them. */
import { z } from 'zod';
import { USED_COLUMNS } from '../../core/batches/batch-view';
import { CHANNELS } from '../../core/certificates/certificate-view';
import { at, count, next_cursor } from './answers';

const WARNINGS = ['active_rows', 'few_matches', 'unread_channels'] as const;

export const acceptedBatch = z
  .object({ batch_id: z.string(), status_url: z.string() })
  .meta({ id: 'AcceptedBatch' });

export const batch = z
  .object({
    batch_id: z.string(),
    method: z.enum(['bulk', 'csv']),
    state: z.enum([
      'receiving',
      'queued',
      'parsing',
      'revoking',
      'recording',
      'completed',
      'failed',
      'cancelled',
      'previewed',
    ]),
    dry_run: z.boolean(),
    file_name: z.string().nullable().meta({ description: 'What the uploaded file was called.' }),
    actor: z.string().meta({ description: 'Who started it.' }),
    reason: z.string().nullable(),
    channels: z.array(z.enum(CHANNELS)).meta({
      description: 'What rows opt out of that do not say it themselves; all of them: they revoke.',
    }),
    rows_read: count,
    rows_total: count.nullable(),
    revoked: count,
    already_revoked: count,
    not_found: count,
    invalid: count,
    duplicate: count,
    partial_rows: count.meta({
      description:
        'Rows that opt out of fewer than all channels. They are counted as `revoked`, too.',
    }),
    remembered: count.meta({
      description:
        'Rows whose email or mobile was written down: consent of theirs that is older than the request is revoked whenever it arrives. 0 for a dry run.',
    }),
    certificates_revoked: count,
    rows_per_second: z.number().min(0).nullable(),
    seconds_left: z.number().min(0).nullable(),
    created_at: at,
    flags_committed_at: at.nullable(),
    completed_at: at.nullable(),
    error: z.string().nullable(),
    columns_used: z
      .array(z.object({ name: z.string(), kind: z.enum(USED_COLUMNS) }))
      .meta({ description: 'The columns of the file that are used.' }),
    columns_ignored: z
      .array(z.string())
      .meta({ description: 'Names of its other columns, the first hundred.' }),
    warnings: z
      .array(z.object({ code: z.enum(WARNINGS), message: z.string() }))
      .meta({ description: 'What to look at before a dry run is committed.' }),
  })
  .meta({ id: 'Batch' });
export const batchPage = z
  .object({ batches: z.array(batch), next_cursor })
  .meta({ id: 'BatchPage' });
