import type { Actor } from '../../store/actor';

/** An actor as it goes over the wire: `token:tok_…`, `property:ppt_…`, `operator:opr_…`, `consumer`. */
export function actorName({ type, id }: Actor): string {
  return id === null ? type : `${type}:${id}`;
}

/** The actor that has a name as `actorName` gives it; one that nobody has finds nothing. */
export function actorNamed(name: string): Actor {
  const colon = name.indexOf(':');
  const [type, id] = colon === -1 ? [name, null] : [name.slice(0, colon), name.slice(colon + 1)];
  return { type: type as Actor['type'], id };
}
