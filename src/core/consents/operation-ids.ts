import { createHash, randomBytes } from 'node:crypto';

/** What an id is made for: random without an operation, and the same for every try of one. */
export interface IdSource {
  companyId: string;
  /** Names the request: whoever repeats it after a crash finds what was recorded. */
  operationId?: string | undefined;
}

/** 128 bits as hex; `what` keeps the ids of one operation apart. */
export function idHex({ companyId, operationId }: IdSource, what: string): string {
  if (operationId === undefined) return randomBytes(16).toString('hex');
  const name = JSON.stringify([companyId, operationId, what]);
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

/** The same as a UUID of version 8, which leaves 122 bits of it. */
export function idUuid(source: IdSource, what: string): string {
  const hex = idHex(source, what);
  const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20),
  ].join('-');
}
