import type { Context } from '../../context';
import { listActors } from '../../core/audit/name-actors';
import { actors } from '../pages/texts/en-audit';

/** Names the actors of a company, as far as a list of them goes; others stay as they are. */
export async function peopleNames(
  ctx: Context,
  companyId: string,
): Promise<(actor: string) => string> {
  const everybody = await listActors({ ctx, companyId, words: actors });
  const names = new Map(everybody.map(({ actor, name }) => [actor, name]));
  return (actor) => names.get(actor) ?? actor;
}
