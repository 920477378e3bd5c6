import type { Context } from '../../context';
import { invalid } from '../../errors';
import { openToken, sealToken } from '../../lib/sealed-token';
import { type Channel, CHANNELS, type RevocationMethod } from '../../store/certificates';
import type { PageRequest } from '../../store/paging';
import type { Suppression } from '../../store/suppressions';
import { normalizeIdentifiers } from '../identifiers';
import { digestsOf, type PersonDigest } from '../identifiers/digests';
import { givenSha256 } from '../identifiers/given-sha256';
import { hashesOf, ownIds } from './suppression-ids';

/** A person as a query names them, in plain or by the SHA-256 of the normal form; at most one. */
export interface NamedPerson {
  email?: string | undefined;
  mobile?: string | undefined;
  email_sha256?: string | undefined;
  mobile_sha256?: string | undefined;
}

/** A remembered opt-out as it goes over the wire: nothing of whose it is. */
export interface SuppressionView {
  channels: Channel[];
  /** When the newest request came, ISO 8601, how, and its id. */
  at: string;
  method: RevocationMethod;
  revocation_id: string | null;
}

const FIELDS = ['email', 'mobile', 'email_sha256', 'mobile_sha256'] as const;
/** Sealed, as ids are hashes, which nobody outside need see; of one company, as ids are in one order. */
const cursorOf = (companyId: string) => `suppressions of ${companyId}`;

/**
 * What a company's own requests had remembered: of one person, or of everybody, page by page in no
 * particular order. What is remembered for the whole service is not in it, nor looked at.
 * @throws AppError invalid_request naming the identifier that is wrong or one too many, or `cursor`
 */
export async function listSuppressions({
  ctx,
  companyId,
  query,
}: {
  ctx: Context;
  companyId: string;
  query: NamedPerson & PageRequest;
}): Promise<{ suppressions: SuppressionView[]; next_cursor: string | null }> {
  const [field, more] = FIELDS.filter((name) => query[name] !== undefined);
  if (field === undefined) return page(ctx, companyId, query);
  if (more !== undefined) throw invalid(more, `must not be given together with ${field}`);
  if (query.cursor !== undefined) {
    throw invalid('cursor', `must not be given together with ${field}`);
  }
  const ids = ownIds(companyId, hashesOf({ ctx, digests: digestsIn(query) }));
  const found = await ctx.store.suppressions.find(ids);
  return { suppressions: found.length === 0 ? [] : [toView(merged(found))], next_cursor: null };
}

function digestsIn({ email_sha256, mobile_sha256, ...plain }: NamedPerson): PersonDigest[] {
  return [
    ...digestsOf(normalizeIdentifiers(plain)),
    ...(email_sha256 === undefined ? [] : [givenSha256('email', email_sha256)]),
    ...(mobile_sha256 === undefined ? [] : [givenSha256('mobile', mobile_sha256)]),
  ];
}

async function page(ctx: Context, companyId: string, { limit, cursor }: PageRequest) {
  const { identifierKeys } = ctx.config;
  const after = cursor === undefined ? null : placeOf(ctx, companyId, cursor);
  const read = await ctx.store.suppressions.list(companyId, after, limit + 1);
  const items = read.slice(0, limit);
  const last = read.length > limit ? items.at(-1) : undefined;
  return {
    suppressions: items.map(toView),
    next_cursor: last ? sealToken(identifierKeys, cursorOf(companyId), last._id, null) : null,
  };
}

function placeOf({ config, now }: Context, companyId: string, cursor: string): string {
  const place = openToken(config.identifierKeys, cursorOf(companyId), cursor, now());
  if (typeof place !== 'string') throw invalid('cursor', 'must be a next_cursor of this list');
  return place;
}

/** What is remembered of one person under several keys. */
function merged(found: Suppression[]): Suppression {
  return found.reduce((one, other) => ({
    ...(one.at >= other.at ? one : other),
    channels: { ...one.channels, ...other.channels },
  }));
}

function toView({ channels, at, method, revocation_id }: Suppression): SuppressionView {
  return {
    channels: CHANNELS.filter((channel) => channels[channel] !== undefined),
    at: at.toISOString(),
    method,
    revocation_id,
  };
}
