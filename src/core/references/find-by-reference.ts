import type { Context } from '../../context';
import type { ConsentRevocation } from '../../store/consent-revocations';
import type { PortalRequest } from '../../store/portal';
import type { Revocation } from '../../store/revocations';
import type { Region } from '../../store/regions';
import { consentRevocationId, type Operation, revocationId } from '../idempotency/operation-ids';
import { visibleText } from '../identifiers/visible-text';

/** A company's part of what was asked for under a reference number, or by a revocation's id. */
export interface Referenced {
  /** The reference number as it was given out; null: the request did not come from the portal. */
  reference: string | null;
  /** Null: it is no longer kept, or did not come from the portal. */
  portal: PortalRequest | null;
  /** In the order of their parts; only this company's. */
  revocations: Revocation[];
  consents: ConsentRevocation[];
}

/** Each part is of 10,000 certificates, or of 500 consents. */
const MAX_PARTS = 100;
const REFERENCE = /^RSC([0-9A-Z]{12})$/;

/**
 * A reference number as it was given out, from how people write it: in any case, with any dashes or
 * none, and with letters that it never has for the digits that they look like. Null: it is none.
 */
export function readReference(text: string): string | null {
  const bare = visibleText(text)
    .toUpperCase()
    .replace(/[\p{Pd}\s]/gu, '');
  const letters = REFERENCE.exec(bare)?.[1]?.replaceAll('O', '0').replace(/[IL]/g, '1');
  return letters === undefined ? null : `RSC-${letters.replace(/(.{4})(?=.)/g, '$1-')}`;
}

/**
 * What a company was asked for under a reference number, by a revocation's id (`rev_…`, or of a part
 * of a batch), or by that of a revocation of consents (`crv_…`). Null: nothing that concerned the
 * company.
 */
export async function findByReference({
  ctx,
  region = 'default',
  companyId,
  text,
}: {
  ctx: Context;
  /** Whose requests; of other regions none is found. */
  region?: Region | undefined;
  companyId: string;
  text: string;
}): Promise<Referenced | null> {
  // Certificates and the portal are at home only.
  const isHome = region === 'default';
  const reference = isHome ? readReference(text) : null;
  if (reference !== null) return byNumber(ctx, { companyId, operationId: reference }, reference);
  const id = visibleText(text);
  const [revocation, consents] = await Promise.all([
    isHome ? ctx.store.revocations.find(id) : null,
    ctx.store.regions[region].consentRevocations.find(id),
  ]);
  const ours = <T extends { company_id: string }>(found: T | null) =>
    found?.company_id === companyId ? [found] : [];
  const found = { revocations: ours(revocation), consents: ours(consents) };
  if (found.revocations.length + found.consents.length === 0) return null;
  return { reference: null, portal: null, ...found };
}

/** The ids of a company's requests are derived from the reference number and the company. */
async function byNumber(
  ctx: Context,
  operation: Operation,
  reference: string,
): Promise<Referenced | null> {
  const [portal, revocations, consents] = await Promise.all([
    ctx.store.portal.findRequest(reference),
    partsOf((part) => ctx.store.revocations.find(revocationId(operation, part))),
    partsOf((part) => ctx.store.consentRevocations.find(consentRevocationId(operation, part))),
  ]);
  const isAsked = portal?.company_ids.includes(operation.companyId) === true;
  if (!isAsked && revocations.length + consents.length === 0) return null;
  return { reference, portal, revocations, consents };
}

/** One after another, as nearly all have one. */
async function partsOf<T>(find: (part: number) => Promise<T | null>): Promise<T[]> {
  const parts: T[] = [];
  while (parts.length < MAX_PARTS) {
    const part = await find(parts.length);
    if (!part) break;
    parts.push(part);
  }
  return parts;
}
