import type { Request } from 'express';
import type { CompanyPrincipal } from '../core/credentials/authenticate';
import { actorName } from '../core/audit/actor-name';
import type { AccessCounts, AccessEvent } from '../telemetry/access-counts';

/** Counts a call of a known caller for the security log once it has been answered, by its answer. */
export function countWhenAnswered(
  access: AccessCounts,
  request: Request,
  { company, caller }: CompanyPrincipal,
): void {
  const { res: response } = request;
  response?.once('close', () => {
    access.count({
      companyId: company._id,
      event: eventOf(response.statusCode),
      credential: actorName(caller.actor),
      ip: caller.ip,
    });
  });
}

function eventOf(status: number): AccessEvent {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  return status === 429 ? 'limited' : 'served';
}
