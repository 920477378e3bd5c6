import type { Request, Response } from 'express';
import type { CompanyPrincipal } from '../core/credentials/authenticate';
import { actorName } from '../core/audit/actor-name';
import type { AccessCounts, AccessEvent } from '../telemetry/access-counts';

const LOCAL = 'known';

/** Remembers who was found to be calling, for the security log. */
export function noteCaller({ res: response }: Request, principal: CompanyPrincipal): void {
  if (response) response.locals[LOCAL] = principal;
}

/** Counts an answered call for the security log, by its answer, where its caller is known. */
export function countAccess(access: AccessCounts, { locals, statusCode }: Response): void {
  const known = locals[LOCAL] as CompanyPrincipal | undefined;
  if (!known) return;
  access.count({
    companyId: known.company._id,
    event: eventOf(statusCode),
    credential: actorName(known.caller.actor),
    ip: known.caller.ip,
  });
}

function eventOf(status: number): AccessEvent {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  return status === 429 ? 'limited' : 'served';
}
