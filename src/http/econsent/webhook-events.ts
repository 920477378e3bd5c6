/** What webhooks tell, event by event; the OpenAPI document and the developers' page show these. */
import { z } from 'zod';
import { CHANNELS, REVOCATION_METHODS } from '../../core/certificates/certificate-view';
import type { SentEventName } from '../../core/webhooks/endpoint-fields';
import { at, count, microusd } from './answers';

/** An event: when it is sent, and what its `data` holds. */
export interface DescribedEvent {
  when: string;
  data: z.ZodObject;
}

const ids = z.array(z.string());
const method = z.enum(REVOCATION_METHODS);
const certificate_id = z.string();
const rows = {
  rows_read: count,
  revoked: count,
  already_revoked: count,
  not_found: count,
  invalid: count,
  duplicate: count,
  certificates_revoked: count,
};
const ended = { error: z.string().nullable(), completed_at: at };

/** Every event that an endpoint can be sent. */
export const DESCRIBED_EVENTS: Readonly<Record<SentEventName, DescribedEvent>> = {
  'certificate.created': {
    when: 'A certificate was registered; `revoked` where its person had opted out before.',
    data: z.object({ certificate_id, created_timestamp: at, revoked: z.boolean() }),
  },
  'certificate.revoked': {
    when: 'Certificates were revoked, at most 1,000 in one event: yours, and those of others that you have checked (`originator_company_id`, then without `batch_id`). `channels` are those that may no longer be used.',
    data: z.object({
      revocation_id: z.string(),
      batch_id: z.string().nullable().optional(),
      originator_company_id: z.string().optional(),
      method,
      channels: z.array(z.enum(CHANNELS)),
      revoked_at: at,
      certificate_ids: ids.max(1_000),
    }),
  },
  'consent.revoked': {
    when: 'Attestr or Baanx consents were revoked.',
    data: z.object({
      revocation_id: z.string(),
      dialect: z.enum(['attestr', 'baanx']),
      method,
      revoked_at: at,
      consent_ids: ids,
    }),
  },
  'consent.modified': {
    when: 'An Attestr consent was modified.',
    data: z.object({ consent_id: z.string(), version: count, modified_at: at }),
  },
  'batch.completed': {
    when: 'A file or a bulk is through; told after all that it revoked.',
    data: z.object({ batch_id: z.string(), method, ...rows, ...ended }),
  },
  'batch.failed': {
    when: 'A file stopped before its end. Of a scrub with `scrub_id` instead of `batch_id`, and without what was revoked.',
    data: z.object({
      batch_id: z.string().optional(),
      scrub_id: z.string().optional(),
      method: method.optional(),
      ...z.object(rows).partial().shape,
      ...ended,
    }),
  },
  'scrub.completed': {
    when: 'All rows of a scrub are answered.',
    data: z.object({ scrub_id: z.string(), rows_read: count, ...ended }),
  },
  'retention.completed': {
    when: 'A recording (`session`) or a certificate is kept, and paid for.',
    data: z.object({
      certificate_id,
      kind: z.enum(['session', 'certificate']),
      retained_until: at,
      completed_at: at,
    }),
  },
  'cleanup.completed': {
    when: 'Data was removed as your policy for clean-ups says.',
    data: z.object({
      cleanup_id: z.string(),
      subject: z.enum(['certificates', 'recordings', 'uploads', 'consents', 'tombstones']),
      action: z.enum(['delete', 'anonymise', 'archive']),
      cleaned: count,
      completed_at: at,
    }),
  },
  'wallet.low_balance': {
    when: 'The balance fell below the threshold of your settings.',
    data: z.object({ available_microusd: microusd, low_balance_microusd: microusd, at }),
  },
  'endpoint.disabled': {
    when: 'Another endpoint answered 410 (`gone`), or failed for five days (`failing`), and is sent nothing any more.',
    data: z.object({
      endpoint_id: z.string(),
      reason: z.enum(['gone', 'failing']),
      disabled_at: at,
    }),
  },
  'endpoint.test': {
    when: 'You asked for it, to try an endpoint out.',
    data: z.object({ endpoint_id: z.string() }),
  },
};

/** The body of an event as it is signed and sent. */
export function bodyOfEvent(name: SentEventName): z.ZodObject {
  return z.object({
    type: z.literal(name),
    timestamp: at.meta({ description: 'When it happened.' }),
    sequence: count.meta({
      description: 'Counts the deliveries to this endpoint; the same for each try and replay.',
    }),
    data: DESCRIBED_EVENTS[name].data,
  });
}
