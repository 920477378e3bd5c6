import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import type { Actor } from '../../store/actor';
import type { AuditEntryView } from './list-audit';

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
    // Who was invited has done nothing.
    .filter(({ id }) => !id.startsWith('inv_'))
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
  // What the service does by itself has ids for us only.
  if (actor.startsWith('system:')) return words.system.anybody;
  return idIn(actor) === null && actor in words ? words[actor as Actor['type']].anybody : actor;
}

type Entry = Pick<AuditEntryView, 'entry_id' | 'actor' | 'reason'>;

/** A reason that begins with the id of a user or of somebody invited, whom the entry is about. */
const PERSON = /^((?:usr|inv)_[\w-]+)(.*)$/s;
/** The id of an entry about a credential or a user, as `token.revoked:tok_…`. */
const SUBJECT = /^(token|api_key|property|user)\.\w+:(.+)$/;

/** All that has a name in entries of the audit log: who did it, and whom or what it is about. */
export function actorsIn(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) => {
    const about = aboutWhat(entry)?.actor;
    return about === undefined ? [entry.actor] : [entry.actor, about];
  });
}

/** What an entry is about, by its name, and its reason. */
export function nameReason(entry: Entry, nameOf: NameOf): string {
  const about = aboutWhat(entry);
  if (!about) return entry.reason ?? '';
  const name = nameOf(about.actor);
  return (name === about.actor ? about.id : name) + about.rest;
}

/** As an actor; null: nothing that has a name. */
function aboutWhat({
  entry_id,
  reason,
}: Entry): { actor: string; id: string; rest: string } | null {
  const [, person, more = ''] = PERSON.exec(reason ?? '') ?? [];
  if (person !== undefined) return { actor: `user:${person}`, id: person, rest: more };
  const [, type, id] = SUBJECT.exec(entry_id) ?? [];
  if (type === undefined || id === undefined) return null;
  return { actor: `${type}:${id}`, id, rest: reason === null ? '' : `: ${reason}` };
}
