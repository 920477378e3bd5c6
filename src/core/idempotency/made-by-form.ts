import { randomBytes } from 'node:crypto';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { MINUTE_MS } from '../../lib/durations';
import { derivedId } from '../../lib/derived-ids';
import { newId } from '../../lib/random-ids';

const SECRET_BYTES = 32;

/** Within this time a repeat gets what the first try made; then it is only refused. */
export const REPEATED_WITHIN_MS = 10 * MINUTE_MS;

/** What a new credential is made from. */
interface Making {
  ctx: Context;
  companyId: string;
  /**
   * Names the form that was sent, so that sending it twice makes one credential and shows it both
   * times: of a double click, browsers show the second answer. Absent: every call makes another.
   */
  operationId?: string | undefined;
  /** What was asked for: the same form with other contents is another operation. */
  input: unknown;
}

/** Makes the ids and secrets of a credential. */
interface Minting {
  id: (prefix: string) => string;
  /** Also for what is looked up by all the world, such as a client key. */
  secret: (prefix: string) => string;
  /** 256 bits for a secret of another form. */
  bytes: (purpose: string) => Buffer;
}

/**
 * Random ids and secrets; under an operation id the same ones at every try. These secrets need the
 * service's own key, so that an operation id tells nobody what was made under it.
 */
export function minting({ ctx, companyId, operationId, input }: Making): Minting {
  const name = [companyId, operationId, input];
  const bytes = (purpose: string): Buffer => {
    if (operationId === undefined) return randomBytes(SECRET_BYTES);
    const text = JSON.stringify([purpose, ...name]);
    return Buffer.from(ctx.identifiers.current('credential', text), 'base64url');
  };
  return {
    id: (prefix) => (operationId === undefined ? newId(prefix) : derivedId(prefix, name)),
    secret: (prefix) => `${prefix}_${bytes(prefix).toString('base64url')}`,
    bytes,
  };
}

/**
 * Makes a credential, or gives again what the same operation has made.
 * @param findMade when what it has made was created; null or undefined: there is none, or none any more
 * @param again what was made, as `make` returns it
 * @throws whatever `make` throws; so also already_exists, when it was made more than 10 minutes ago
 *   or is revoked: nothing is shown for longer than the page shows it
 */
export async function madeByForm<Made>({
  ctx,
  operationId,
  make,
  findMade,
  again,
}: Pick<Making, 'ctx' | 'operationId'> & {
  make: () => Promise<Made>;
  findMade: () => Promise<Date | null | undefined>;
  again: (createdAt: Date) => Made;
}): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    const repeated = error instanceof AppError && error.code === 'already_exists';
    if (operationId === undefined || !repeated) throw error;
    const createdAt = await findMade();
    const goodSince = ctx.now().getTime() - REPEATED_WITHIN_MS;
    if (!createdAt || createdAt.getTime() < goodSince) throw error;
    return again(createdAt);
  }
}
