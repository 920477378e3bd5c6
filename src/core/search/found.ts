import type { QueuedJob } from '../../queue/jobs';
import type { Batch } from '../../store/batches';
import type { Company } from '../../store/companies';
import type { ConsentRevocation } from '../../store/consent-revocations';
import type { ListedConsent } from '../../store/person-consents';
import type { ListedCertificate } from '../../store/person-lookups';
import type { PortalRequest } from '../../store/portal';
import type { Revocation } from '../../store/revocations';
import type { WebhookDelivery } from '../../store/webhook-deliveries';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import { healthOf } from '../webhooks/endpoint-health';

/** Everything that a search can find. */
export const FOUND_TYPES = [
  'company',
  'batch',
  'certificate',
  'consent',
  'revocation',
  'reference',
  'job',
  'webhook_endpoint',
  'webhook_delivery',
] as const;

/** One thing that a search found; as it goes over the wire, but for where its page is. */
export interface Found {
  type: (typeof FOUND_TYPES)[number];
  id: string;
  /** Null: it is of no company, or of several. */
  company_id: string | null;
  /** What people call it: a company's name, a file's name, the kind of a job, an endpoint's host, an event. */
  name: string | null;
  state: string | null;
  /** ISO 8601: when it was made or asked for. */
  at: string | null;
  /** Of a job: the queue, which its id is unique in. */
  queue: string | null;
}

/** Of each type of thing no more is found. */
export const MAX_OF_EACH = 50;

/** What a search found, as it goes over the wire. */
export interface SearchResult {
  results: Found[];
  /** There is more of some type than is shown. */
  more: boolean;
  /** What could not be looked for just now: jobs, while Redis is away. */
  not_searched: 'job'[];
}

const NOTHING = { company_id: null, name: null, state: null, at: null, queue: null };

/** A company, as a search shows it. */
export function foundCompany({
  _id: id,
  name,
  created_at,
}: Pick<Company, '_id' | 'name' | 'created_at'>): Found {
  return { type: 'company', id, ...NOTHING, company_id: id, name, at: created_at.toISOString() };
}

/** A batch, as a search shows it. */
export function foundBatch(batch: Batch): Found {
  const { _id: id, company_id, file_name: name = null, state, created_at } = batch;
  return { type: 'batch', id, ...NOTHING, company_id, name, state, at: created_at.toISOString() };
}

/** A certificate, as a search shows it. */
export function foundCertificate({ _id: id, company_id, opt_out, created_at }: ListedCertificate) {
  const state = opt_out.revoke ? 'revoked' : 'active';
  const at = created_at.toISOString();
  return { type: 'certificate', id, ...NOTHING, company_id, state, at } satisfies Found;
}

/** A consent of the Attestr dialect, as a search shows it. */
export function foundConsent({
  consent_id: id,
  company_id,
  status: state,
  given_at,
}: ListedConsent) {
  const at = given_at.toISOString();
  return { type: 'consent', id, ...NOTHING, company_id, state, at } satisfies Found;
}

/** A request to revoke, as a search shows it. */
export function foundRevocation(revocation: Revocation | ConsentRevocation): Found {
  const { _id: id, company_id, method: name, state, requested_at } = revocation;
  const at = requested_at.toISOString();
  return { type: 'revocation', id, ...NOTHING, company_id, name, state, at };
}

/** What a person asked for on the portal, as a search shows it. */
export function foundReference({ _id: id, company_ids, requested_at }: PortalRequest): Found {
  const company_id = company_ids.length === 1 ? (company_ids[0] ?? null) : null;
  return { type: 'reference', id, ...NOTHING, company_id, at: requested_at.toISOString() };
}

/** A job, as a search shows it. */
export function foundJob({ id, kind: name, state, enqueuedAt, queue }: QueuedJob): Found {
  return { type: 'job', id, ...NOTHING, name, state, at: enqueuedAt.toISOString(), queue };
}

/** A webhook endpoint, as a search shows it: by its host, as paths can be secrets. */
export function foundEndpoint(endpoint: WebhookEndpoint): Found {
  const { _id: id, company_id, url, created_at } = endpoint;
  const [name, state, at] = [new URL(url).host, healthOf(endpoint), created_at.toISOString()];
  return { type: 'webhook_endpoint', id, ...NOTHING, company_id, name, state, at };
}

/** A delivery to a webhook endpoint, as a search shows it. */
export function foundDelivery({
  _id: id,
  company_id,
  event: name,
  state,
  created_at,
}: WebhookDelivery) {
  const at = created_at.toISOString();
  return { type: 'webhook_delivery', id, ...NOTHING, company_id, name, state, at } satisfies Found;
}
