import type { Context } from '../../context';
import { AppError } from '../../errors';
import { normalizeId } from '../identifiers/id';
import { findByReference, readReference, type Referenced } from '../references/find-by-reference';
import { describeRevocation, type RevocationView } from './get-revocation';

/** A request on the portal may concern more companies; an operator sees the first. */
const MAX_COMPANIES = 20;

/** What one company was asked for. */
export interface CompanyRequest {
  company_id: string;
  request: RevocationView;
}

/**
 * What companies were asked to revoke under a reference number, or by the id of a revocation in any
 * region: for operators, who see all of it.
 * @returns the part of each company, at most 20, and how many more companies there are
 * @throws AppError revocation_not_found
 */
export async function findRequests({
  ctx,
  reference,
}: {
  ctx: Context;
  reference: string;
}): Promise<{ requests: CompanyRequest[]; others: number }> {
  const number = readReference(reference);
  const found = number === null ? await byId(ctx, normalizeId(reference)) : [];
  const companyIds =
    number === null ? [] : ((await ctx.store.portal.findRequest(number))?.company_ids ?? []);
  for (const companyId of companyIds.slice(0, MAX_COMPANIES)) {
    const one = await findByReference({ ctx, companyId, text: reference });
    if (one) found.push({ companyId, referenced: one });
  }
  if (found.length === 0) throw new AppError('revocation_not_found');
  const requests = found.map(async ({ companyId, referenced }) => {
    return { company_id: companyId, request: await describeRevocation({ ctx, found: referenced }) };
  });
  const others = Math.max(0, companyIds.length - MAX_COMPANIES);
  return { requests: await Promise.all(requests), others };
}

interface FoundRequest {
  companyId: string;
  referenced: Referenced;
}

async function byId(ctx: Context, id: string): Promise<FoundRequest[]> {
  const { revocations, regions } = ctx.store;
  const certificates = await revocations.find(id);
  const nothing = { reference: null, portal: null, revocations: [], consents: [] };
  if (certificates) {
    const referenced = { ...nothing, revocations: [certificates] };
    return [{ companyId: certificates.company_id, referenced }];
  }
  const consents = await Promise.all(
    Object.values(regions).map(({ consentRevocations }) => consentRevocations.find(id)),
  );
  return consents.flatMap((one) =>
    one ? [{ companyId: one.company_id, referenced: { ...nothing, consents: [one] } }] : [],
  );
}
