import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Region } from '../../store/regions';
import type { WebhookEvent } from '../../store/webhook-events';
import { findByReference } from '../references/find-by-reference';
import { acknowledgeBy } from './acknowledge-by';
import { companiesWithEndpoints } from './overdue';

/** More are not shown of one request. */
const MAX_SHOWN = 1_000;

/** That a company was told of a request to revoke; as it goes over the wire. */
export interface Acknowledgement {
  /** The `webhook-id` of what it was sent. */
  event_id: string;
  company_id: string;
  /** Whether it is the owner of what was revoked, or has checked it. */
  party: 'owner' | 'third_party';
  /** How many certificates or consents it was told of. */
  count: number;
  revoked_at: string;
  /** When an endpoint of its first said that it has it; null: none has. */
  acknowledged_at: string | null;
  acknowledge_by: string;
  /** Not acknowledged in time, though it has an endpoint that is enabled. */
  overdue: boolean;
}

/**
 * Who was told of a request to revoke, and who has said so; in the order in which it was carried out.
 * @param reference a reference number of the portal, or the id of a revocation
 * @throws AppError revocation_not_found
 */
export async function listAcknowledgements({
  ctx,
  companyId,
  reference,
  region = 'default',
}: {
  ctx: Context;
  companyId: string;
  reference: string;
  /** Whose requests; of other regions none is found. */
  region?: Region | undefined;
}): Promise<Acknowledgement[]> {
  const found = await findByReference({ ctx, companyId, text: reference, region });
  if (!found) throw new AppError('revocation_not_found');
  const ids = [...found.revocations, ...found.consents].map(({ _id }) => _id);
  const { webhookEvents } = ctx.store.regions[region];
  return viewsOf(ctx, await webhookEvents.ofRevocations(companyId, ids, MAX_SHOWN));
}

/**
 * Who was told of the revocation of one certificate.
 * @param revocationIds the requests that revoked it, or opted out of some of its channels
 */
export async function acknowledgementsOf({
  ctx,
  companyId,
  certificateId,
  revocationIds,
}: {
  ctx: Context;
  companyId: string;
  certificateId: string;
  revocationIds: string[];
}): Promise<Acknowledgement[]> {
  const { webhookEvents } = ctx.store;
  const events = await webhookEvents.ofRevocations(companyId, revocationIds, MAX_SHOWN);
  return viewsOf(
    ctx,
    events.filter((event) => namedBy(event).includes(certificateId)),
  );
}

async function viewsOf(ctx: Context, events: WebhookEvent[]): Promise<Acknowledgement[]> {
  const told = events.filter((one) => one.acknowledge_by ?? one.acknowledged_at);
  const listening = await companiesWithEndpoints({ ctx, companyIds: told.map(partyOf) });
  return told.map((event) => view(event, listening, ctx.now()));
}

function namedBy({ data }: WebhookEvent): string[] {
  return (data.certificate_ids ?? data.consent_ids) as string[];
}

function partyOf({ company_id }: WebhookEvent): string {
  return company_id;
}

function view(event: WebhookEvent, listening: ReadonlySet<string>, now: Date): Acknowledgement {
  const { _id, company_id, owner_id, at, acknowledged_at, acknowledge_by } = event;
  return {
    event_id: _id,
    company_id,
    party: company_id === owner_id ? 'owner' : 'third_party',
    count: namedBy(event).length,
    revoked_at: (event.data.revoked_at as Date).toISOString(),
    acknowledged_at: acknowledged_at?.toISOString() ?? null,
    acknowledge_by: (acknowledge_by ?? acknowledgeBy(at)).toISOString(),
    overdue: acknowledge_by !== null && acknowledge_by < now && listening.has(company_id),
  };
}
