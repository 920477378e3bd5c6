import { nameActors } from '../../core/audit/name-actors';
import type { NamedTopUp } from '../../core/top-ups/list-top-ups';
import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import { actors as actorWords } from '../pages/texts/en-audit';

/** Requests with the people who made them by their emails, also those who have been removed since. */
export async function namedRequests(ctx: Context, requests: NamedTopUp[]): Promise<NamedTopUp[]> {
  const companyIds = distinct(requests.map(({ company_id }) => company_id));
  const named = await Promise.all(
    companyIds.map(async (companyId) => {
      const own = requests.filter(({ company_id }) => company_id === companyId);
      const actors = own.map(({ requested_by }) => requested_by);
      const nameOf = await nameActors({ ctx, companyId, actors, words: actorWords });
      return [companyId, nameOf] as const;
    }),
  );
  const names = new Map(named);
  return requests.map((request) => {
    const requested_by = names.get(request.company_id)?.(request.requested_by);
    return { ...request, requested_by: requested_by ?? request.requested_by };
  });
}
