import { randomBytes } from 'node:crypto';
import { derivedBytes, derivedId } from '../../lib/derived-ids';
import { newId } from '../../lib/random-ids';

/** What ids are made for: every try of an operation gets the same ones. */
export interface Operation {
  companyId: string;
  /** Left out for a request that nobody can repeat: its ids are random. */
  operationId?: string | undefined;
}

const ID_BYTES = 16;

/** The id of a revocation; `part` is its number within the operation, from 0. */
export function revocationId({ companyId, operationId }: Operation, part: number): string {
  if (operationId === undefined) return newId('rev');
  return derivedId('rev', [companyId, operationId, part]);
}

/** The same for a request that revokes consents of the Attestr and Baanx dialects. */
export function consentRevocationId(operation: Operation, part: number): string {
  return `crv_${idHex(operation, `revocation ${String(part)}`)}`;
}

/** The id of the batch of a bulk revocation. */
export function bulkBatchId({ companyId, operationId }: Operation): string {
  if (operationId === undefined) return newId('bat');
  return derivedId('bat', ['bulk', companyId, operationId]);
}

/** 128 bits in hex; `what` distinguishes the ids of one operation. */
export function idHex(operation: Operation, what: string): string {
  const { companyId, operationId } = operation;
  if (operationId === undefined) return randomBytes(ID_BYTES).toString('hex');
  return derivedBytes([companyId, operationId, what]).toString('hex', 0, ID_BYTES);
}

/** The same as a UUID of version 8, which keeps 122 of the bits. */
export function idUuid(operation: Operation, what: string): string {
  const hex = idHex(operation, what);
  const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20),
  ].join('-');
}
