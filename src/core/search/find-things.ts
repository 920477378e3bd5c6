import type { Context } from '../../context';
import { findJobsById, isJobId } from '../../queue/jobs';
import { errorForLog } from '../../telemetry/logger';
import { isId, normalizeId } from '../identifiers/id';
import { asStored, namesOf, readIdentifier } from '../portal/identifier';
import { readReference } from '../references/find-by-reference';
import {
  type Found,
  foundBatch,
  foundCertificate,
  foundCompany,
  foundConsent,
  foundDelivery,
  foundEndpoint,
  foundJob,
  foundReference,
  foundRevocation,
  MAX_OF_EACH,
  type SearchResult,
} from './found';

/** Everything that is called so, or begins so: whatever an operator may have been told. */
export async function findThings({
  ctx,
  text,
}: {
  ctx: Context;
  text: string;
}): Promise<SearchResult> {
  const id = normalizeId(text);
  if (!isId(id)) return { results: [], more: false, not_searched: [] };
  const [companies, own, revocations, jobs] = await Promise.all([
    ctx.store.operatorSearch.companiesBeginning(id, MAX_OF_EACH + 1),
    byOwnId(ctx, id),
    revocationsCalled(ctx, id),
    isJobId(id) ? jobsCalled(ctx, id) : [],
  ]);
  const named = companies.slice(0, MAX_OF_EACH).map(foundCompany);
  return {
    results: [...exactFirst(named, id), ...own, ...revocations, ...(jobs ?? [])],
    more: companies.length > MAX_OF_EACH,
    not_searched: jobs === null ? ['job'] : [],
  };
}

/** Who is called exactly so is meant. */
function exactFirst(companies: Found[], text: string): Found[] {
  const wanted = text.toLowerCase();
  const rank = ({ id, name }: Found) =>
    id.toLowerCase() === wanted ? 0 : name?.toLowerCase() === wanted ? 1 : 2;
  return companies.sort((a, b) => rank(a) - rank(b) || a.id.localeCompare(b.id));
}

/** A batch, a certificate, a consent, a webhook endpoint or a delivery. */
async function byOwnId(ctx: Context, id: string): Promise<Found[]> {
  const [batch, certificates, consents, endpoint, delivery] = await Promise.all([
    ctx.store.batches.find(id),
    certificatesCalled(ctx, id),
    ctx.store.personConsents.listed({ certificate_ids: [id] }, 1),
    ctx.store.webhookEndpoints.find(id),
    ctx.store.webhookDeliveries.find(id),
  ]);
  return [
    // One whose file is still coming in is no batch yet.
    ...(batch && batch.state !== 'receiving' ? [foundBatch(batch)] : []),
    ...certificates,
    ...consents.map(foundConsent),
    ...(endpoint ? [foundEndpoint(endpoint)] : []),
    ...(delivery ? [foundDelivery(delivery)] : []),
  ];
}

async function certificatesCalled(ctx: Context, id: string): Promise<Found[]> {
  const read = readIdentifier(id);
  if (typeof read === 'string' || read.kind !== 'certificate_id') return [];
  const names = namesOf({ ctx, identifier: await asStored({ ctx, identifier: read }) });
  return (await ctx.store.people.listed(names, 1)).map(foundCertificate);
}

/** Requests to revoke, in either region, and what the portal wrote down under a reference number. */
async function revocationsCalled(ctx: Context, id: string): Promise<Found[]> {
  const { regions, revocations, portal } = ctx.store;
  const reference = readReference(id);
  if (reference !== null) {
    const request = await portal.findRequest(reference);
    return request ? [foundReference(request)] : [];
  }
  const found = await Promise.all([
    revocations.find(id),
    ...Object.values(regions).map(({ consentRevocations }) => consentRevocations.find(id)),
  ]);
  return found.flatMap((one) => (one ? [foundRevocation(one)] : []));
}

/** Null: Redis does not answer. */
async function jobsCalled(ctx: Context, id: string): Promise<Found[] | null> {
  try {
    return (await findJobsById(ctx.queues, id)).map(foundJob);
  } catch (error) {
    ctx.log.warn({ error: errorForLog(error) }, 'jobs could not be searched');
    return null;
  }
}
