import type { Actor } from '../../store/actor';

/** An actor as it goes over the wire: `token:tok_…`, `property:ppt_…`, `operator`, `consumer`. */
export function actorName({ type, id }: Actor): string {
  return id === null ? type : `${type}:${id}`;
}
