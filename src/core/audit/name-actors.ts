import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import type { Actor } from '../../store/actor';

/** Words for a kind of actor: alone, and with the name of one. */
export type ActorWords = Record<
  Actor['type'],
  { anybody: string; named: (name: string) => string }
>;

/** Names an actor as `actorName` gives it; one that is unknown stays as it is. */
export type NameOf = (actor: string) => string;

interface Request {
  ctx: Context;
  companyId: string;
  words: ActorWords;
}

/**
 * Finds what people call actors of a company, those that are revoked or removed by now included.
 * @param actors as `actorName` gives them, such as `token:tok_…`
 */
export async function nameActors({
  ctx,
  companyId,
  actors,
  words,
}: Omit<Request, 'companyId'> & {
  /** Null: whosever they are, which is for operators. */
  companyId: string | null;
  actors: readonly string[];
}): Promise<NameOf> {
  const { actorNames } = ctx.store;
  const ids = distinct(actors).flatMap((actor) => idIn(actor) ?? []);
  const found = await (companyId === null
    ? actorNames.findAnywhere(ids)
    : actorNames.find(companyId, ids));
  const names = new Map(
    found.map(({ type, id, name }) => [`${type}:${id}`, words[type].named(name)]),
  );
  return (actor) => names.get(actor) ?? nameless(actor, words);
}

/** Everything that may have done something in a company's audit log, with its name, in order. */
export async function listActors({
  ctx,
  companyId,
  words,
}: Request): Promise<{ actor: string; name: string }[]> {
  const found = await ctx.store.actorNames.list(companyId);
  const named = found
    .map(({ type, id, name }) => ({ actor: `${type}:${id}`, name: words[type].named(name) }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const others = (['consumer', 'operator', 'system'] as const).map((type) => ({
    actor: type,
    name: words[type].anybody,
  }));
  return [...others, ...named];
}

function idIn(actor: string): string | null {
  const colon = actor.indexOf(':');
  return colon === -1 ? null : actor.slice(colon + 1);
}

function nameless(actor: string, words: ActorWords): string {
  // Companies are told that it was the service, not which of its people.
  if (actor.startsWith('operator:')) return words.operator.anybody;
  return idIn(actor) === null && actor in words ? words[actor as Actor['type']].anybody : actor;
}

/** A reason that is only the id of a user, whom the entry is about. */
const USER_ID = /^usr_[\w-]+$/;

/** All that has a name in entries of the audit log: who did it, and whom it is about. */
export function actorsIn(entries: readonly { actor: string; reason: string | null }[]): string[] {
  return entries.flatMap(({ actor, reason }) =>
    reason !== null && USER_ID.test(reason) ? [actor, `user:${reason}`] : [actor],
  );
}

/** A reason as people read it: a user by name. */
export function nameReason(reason: string | null, nameOf: NameOf): string {
  return reason !== null && USER_ID.test(reason) ? nameUser(reason, nameOf) : (reason ?? '');
}

function nameUser(id: string, nameOf: NameOf): string {
  const name = nameOf(`user:${id}`);
  return name === `user:${id}` ? id : name;
}
