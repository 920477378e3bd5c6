import type { Context } from '../../context';
import { unavailable } from '../../errors';
import { retryOnDuplicate } from '../../store';
import type { PersonDigest } from '../identifiers/digests';
import { idsToRemember } from './suppression-ids';

const MAX_WAIT_MS = 5_000;

/**
 * Does what concerns one person at a company one after another within this process: at once they
 * would only make each other's transactions start again.
 * @throws AppError unavailable when the turn does not come within 5 s; then nothing was done
 */
export async function inTurn<T>({
  ctx,
  companyId,
  digests,
  work,
}: {
  ctx: Context;
  companyId: string;
  digests: PersonDigest[];
  work: () => Promise<T>;
}): Promise<T> {
  const from = performance.now();
  // In the same order for everybody, so that no two wait for each other.
  const ids = idsToRemember({ ctx, companyId, digests }).sort();
  const run = ([id, ...others]: string[]): Promise<T> => {
    if (performance.now() - from > MAX_WAIT_MS) return Promise.reject(unavailable());
    return id === undefined ? work() : ctx.personTurns.take(id, () => run(others));
  };
  return run(ids);
}

/**
 * Registers a person's consent in turn, and again when a unique index has refused it.
 * @param work told whether to begin with nothing being remembered; see `objectionsAtBirth`
 */
export function registerInTurn<T>({
  work,
  ...person
}: {
  ctx: Context;
  companyId: string;
  digests: PersonDigest[];
  work: (expectNone: boolean) => Promise<T>;
}): Promise<T> {
  let tries = 0;
  return inTurn({ ...person, work: () => retryOnDuplicate(() => work(tries++ === 0)) });
}
