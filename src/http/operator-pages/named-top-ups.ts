import { nameActors } from '../../core/audit/name-actors';
import type { NamedTopUp } from '../../core/top-ups/list-top-ups';
import type { Context } from '../../context';
import { actors as words } from '../pages/texts/en-audit';

/** Requests with the people who made them by their emails, also those who have been removed since. */
export async function namedRequests(ctx: Context, requests: NamedTopUp[]): Promise<NamedTopUp[]> {
  const actors = requests.map(({ requested_by }) => requested_by);
  const nameOf = await nameActors({ ctx, companyId: null, actors, words });
  return requests.map((one) => ({ ...one, requested_by: nameOf(one.requested_by) }));
}
