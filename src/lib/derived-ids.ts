import { createHash } from 'node:crypto';

/** As many characters as the random part of an id: 132 bits in base64url. */
const ID_CHARACTERS = 22;

/** 256 bits that are always the same for the same name (SHA-256 of its JSON). */
export function derivedBytes(name: readonly unknown[]): Buffer {
  return createHash('sha256').update(JSON.stringify(name)).digest();
}

/** An id that looks like one of `newId`, but is always the same for the same name. */
export function derivedId(prefix: string, name: readonly unknown[]): string {
  return `${prefix}_${derivedBytes(name).toString('base64url').slice(0, ID_CHARACTERS)}`;
}
