import type { z } from 'zod';
import type { Context } from '../../context';
import type { CopiedConsent } from '../../store/consent-copies';
import type { ConsentRevocation } from '../../store/consent-revocations';
import { type Region, REGIONS } from '../../store/regions';
import type { consentRevocationLine } from './export-format';
import { byRequest, requestPages } from './export-requests';

type Line = z.input<typeof consentRevocationLine>;
type Request = Omit<ConsentRevocation, 'consent_ids'>;

/**
 * One line per request of a company that revoked Attestr or Baanx consents, region by region. No
 * request is half done: request, revoked versions and audit entry are one transaction.
 */
export async function* consentRevocationLines({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): AsyncGenerator<Line> {
  for (const region of REGIONS) {
    const copies = ctx.store.regions[region].consentCopies;
    const pages = requestPages<Request>((...place) => copies.listRequests(companyId, ...place));
    for await (const page of pages) {
      const found = byRequest(page, copies.revokedBy, ({ revocation_id }) => revocation_id);
      for await (const { request, revoked } of found) yield newLine(region, request, revoked);
    }
  }
}

function newLine(region: Region, request: Request, revoked: CopiedConsent[]): Line {
  const { _id, dialect, method, actor, ip, reason, impact } = request;
  return {
    consent_revocation_id: _id,
    region,
    dialect,
    method,
    actor,
    ip,
    reason,
    impact,
    requested_at: request.requested_at.toISOString(),
    consents: revoked.map(({ consent_id, version, email_hash, mobile_hash, given_at, set }) => ({
      consent_id,
      version,
      email_hash,
      mobile_hash,
      set,
      given_at: given_at.toISOString(),
    })),
  };
}
