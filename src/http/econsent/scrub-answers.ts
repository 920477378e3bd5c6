/** What the calls of scrubs answer; see `answers.ts`. */
import { z } from 'zod';
import { IDENTIFIER_COLUMNS } from '../../core/batches/batch-view';
import { CHANNELS } from '../../core/certificates/certificate-view';
import { at, count, microusd, next_cursor } from './answers';

export const acceptedScrub = z
  .object({ scrub_id: z.string(), status_url: z.string() })
  .meta({ id: 'AcceptedScrub' });

export const scrub = z
  .object({
    scrub_id: z.string(),
    state: z.enum([
      ...(['receiving', 'queued', 'parsing', 'previewed', 'answering', 'recording'] as const),
      ...(['completed', 'failed', 'cancelled'] as const),
    ]),
    file_name: z.string().nullable().meta({ description: 'What the uploaded file was called.' }),
    actor: z.string().meta({ description: 'Who started it.' }),
    channel: z.enum(CHANNELS).nullable(),
    consent_type: z.string().nullable(),
    rows_read: count,
    rows_total: count.nullable(),
    consented: count,
    opted_out: count,
    no_consent: count,
    other_consent: count,
    invalid: count.meta({ description: 'Rows that cannot be read, and are free.' }),
    price_microusd: microusd
      .nullable()
      .meta({ description: 'What answering all its rows costs; null until it is previewed.' }),
    reserved_microusd: microusd,
    charged_microusd: microusd,
    rows_per_second: z.number().min(0).nullable(),
    seconds_left: z.number().min(0).nullable(),
    created_at: at,
    completed_at: at.nullable(),
    expires_at: at.nullable().meta({ description: 'When the file and its result are deleted.' }),
    error: z.string().nullable(),
    columns_used: z
      .array(z.object({ name: z.string(), kind: z.enum(IDENTIFIER_COLUMNS) }))
      .meta({ description: 'The columns of the file that name who is asked about.' }),
    columns_ignored: z
      .array(z.string())
      .meta({ description: 'Names of its other columns, the first hundred.' }),
  })
  .meta({ id: 'Scrub' });
export const scrubPage = z
  .object({ scrubs: z.array(scrub), next_cursor })
  .meta({ id: 'ScrubPage' });
