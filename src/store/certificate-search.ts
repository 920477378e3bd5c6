// Collection `certificates`: searches of the dashboard.
import type { Connection } from 'mongoose';
import { CHANNEL_REQUESTS } from './certificate-channels';
import { OPTED_OUT_BY, REVOKED_BY, revokedByQueries } from './certificate-revoked-by';
import { PERSON_INDEX } from './certificate-indexes';
import { type Certificate, ofStatus } from './certificates';
import { atMost, isOverTime, maxTime, orTooLong } from './connection';
import { beginningWith } from './prefix';
import { beyondPlace, type PageRequest, type Turn, turnPage } from './paging';

/** Which certificates to find: those that match any of the names and every other condition. */
export interface CertificateSearch {
  /** Null: every one. */
  names: CertificateNames | null;
  revoked?: boolean | undefined;
  /** Public reference of the property that captured it. */
  property_ref?: string | undefined;
  /** Registered at or after. */
  from?: Date | undefined;
  /** Registered before. */
  to?: Date | undefined;
}

/** What may name certificates; an empty list names none. */
export interface CertificateNames {
  /** Beginnings of the ids of certificates and of sessions. */
  id_prefixes: string[];
  /** Beginnings of emails in their normal form. */
  email_prefixes: string[];
  /** Exact ids of certificates or sessions, and keyed hashes of a person. */
  ids: string[];
  session_ids: string[];
  email_hashes: string[];
  mobile_hashes: string[];
  /** What revoked them, or opted out of some channels. */
  revocation_ids: string[];
  /** Beginnings of the ids of that. */
  revocation_prefixes: string[];
}

/** As MongoDB calls them, see the schema. */
const SESSIONS = 'company_id_1_session_id_1';
/** After which a search by names is taken for one that finds much. */
const NARROW_MS = 800;
/** Together they leave time to answer: see the limits of the web process. */
const BROAD_MS = 1_500;
const COUNT_MS = 800;

type Filter = Record<string, unknown>;
interface Reading {
  companyId: string;
  search: CertificateSearch;
  turn: Turn;
  limit: number;
}
/** What a read gives back besides the id; all of it when left out. */
type Projection = Partial<Record<keyof Certificate, 1>>;
type Found = Pick<Certificate, '_id' | 'created_at'>;

/** The dashboard's searches over certificates. */
export function certificateSearchStore(connection: Connection) {
  const certificates = connection.collection<Certificate>('certificates');
  const inTime = maxTime(connection);
  const within = (ms: number) => atMost(connection, ms);

  async function read<T extends Found>(
    { companyId, search, turn, limit }: Reading,
    projection: Projection,
  ): Promise<T[]> {
    const find = (filter: Filter, options: { maxTimeMS: number; hint?: string }) =>
      certificates
        .find<T>(filter, { ...options, projection })
        .sort(turn.isNewer ? { created_at: 1, _id: 1 } : { created_at: -1, _id: -1 })
        .limit(limit)
        // So that no single reply takes longer than an operation may.
        .batchSize(5_000)
        .toArray();
    const all = { ...conditions(companyId, search), ...beyondPlace(turn) };
    const { names } = search;
    if (!names) return orTooLong(find(all, within(BROAD_MS)));
    const kinds = kindsOf(names);
    try {
      const found = await Promise.all(
        kinds.map(({ hint, only }) =>
          find({ $and: [all, ...only] }, { ...within(NARROW_MS), hint }),
        ),
      );
      return inOrder(found.flat(), turn).slice(0, limit);
    } catch (error) {
      if (!isOverTime(error)) throw error;
      // That many are found soon by going through all of them in order.
      const any = { $or: kinds.map(({ named }) => named) };
      const hint = orderedIndex(search);
      return orTooLong(find({ $and: [all, any] }, { ...within(BROAD_MS), hint }));
    }
  }

  return {
    ...revokedByQueries(connection),
    /**
     * A page of matches, newest first.
     * @throws AppError search_too_long; invalid_request naming `cursor`
     */
    page: (companyId: string, search: CertificateSearch, page: PageRequest) =>
      turnPage(
        page,
        (item: Certificate) => ({ at: item.created_at, id: item._id }),
        (turn, limit) => read<Certificate>({ companyId, search, turn, limit }, {}),
      ),
    /**
     * Ids of up to `limit` matches, newest first.
     * @throws AppError search_too_long
     */
    ids: async (companyId: string, search: CertificateSearch, limit: number) => {
      const turn = { from: null, isNewer: false };
      const found = await read({ companyId, search, turn, limit }, { created_at: 1 });
      return found.map((certificate) => certificate._id);
    },
    /** How many match, counting up to `limit`; null when that takes too long. */
    count: async (companyId: string, search: CertificateSearch, limit: number) => {
      const all = conditions(companyId, search);
      const kinds = search.names ? kindsOf(search.names) : [{ only: [], hint: undefined }];
      try {
        const counts = await Promise.all(
          kinds.map(({ only, hint }) =>
            certificates.countDocuments(
              { $and: [all, ...only] },
              { ...within(COUNT_MS), limit, ...(hint !== undefined && { hint }) },
            ),
          ),
        );
        return Math.min(
          counts.reduce((sum, one) => sum + one, 0),
          limit,
        );
      } catch (error) {
        if (!isOverTime(error)) throw error;
        return null;
      }
    },
    /** How many of these the company has, and how many of them are revoked. */
    countAmong: async (companyId: string, ids: string[]) => {
      const found = await certificates
        .find({ _id: { $in: ids }, company_id: companyId }, inTime)
        .project<{ opt_out: { revoke: boolean } }>({ _id: 0, 'opt_out.revoke': 1 })
        .toArray();
      return { known: found.length, revoked: found.filter((one) => one.opt_out.revoke).length };
    },
  };
}

/** What every match meets. */
function conditions(companyId: string, search: CertificateSearch): Filter {
  const { revoked, property_ref, from, to } = search;
  return {
    company_id: companyId,
    ...(revoked !== undefined && ofStatus(revoked)),
    ...(property_ref !== undefined && { property_ref }),
    ...((from ?? to) && {
      created_at: { ...(from && { $gte: from }), ...(to && { $lt: to }) },
    }),
  };
}

/** What one kind of name finds. */
interface Kind {
  named: Filter;
  /** The index of that kind, which no statistics would always prefer. */
  hint: string;
  /** What it finds, and no kind before it. */
  only: Filter[];
}

function kindsOf(names: CertificateNames): Kind[] {
  const oneOf = (hint: string, field: string, values: string[]) =>
    values.length > 0 ? [{ hint, named: { [field]: { $in: values } } }] : [];
  const begun = (hint: string, field: string, texts: string[], more: Filter = {}) =>
    texts.map((text) => ({ hint, named: { [field]: beginningWith(text), ...more } }));
  const kinds = [
    // A search for text is what the partial index of beginnings asks for.
    ...begun('id_prefix', '_id', names.id_prefixes, { content_hash: { $gt: '' } }),
    ...begun(SESSIONS, 'session_id', names.id_prefixes),
    ...begun('email_prefix', 'email_search', names.email_prefixes),
    ...oneOf('_id_', '_id', names.ids),
    ...oneOf(SESSIONS, 'session_id', names.session_ids),
    ...oneOf(PERSON_INDEX.email_hash, 'email_hash', names.email_hashes),
    ...oneOf(PERSON_INDEX.mobile_hash, 'mobile_hash', names.mobile_hashes),
    ...oneOf(REVOKED_BY, 'opt_out.revocation_id', names.revocation_ids),
    ...begun(REVOKED_BY, 'opt_out.revocation_id', names.revocation_prefixes),
    ...oneOf(OPTED_OUT_BY, CHANNEL_REQUESTS, names.revocation_ids),
    ...begun(OPTED_OUT_BY, CHANNEL_REQUESTS, names.revocation_prefixes),
  ];
  return kinds.map((kind, at) => {
    const before = kinds.slice(0, at).map(({ named }) => named);
    return { ...kind, only: before.length > 0 ? [kind.named, { $nor: before }] : [kind.named] };
  });
}

/** The index that has what meets the conditions in the order of the list. */
function orderedIndex({ property_ref, revoked }: CertificateSearch): string {
  if (property_ref !== undefined) return 'of_property';
  if (revoked === undefined) return 'company_id_1_created_at_-1__id_-1';
  return revoked ? 'revoked' : 'active';
}

function inOrder<T extends Found>(found: T[], { isNewer }: Turn): T[] {
  const older = (a: T, b: T) =>
    a.created_at.getTime() - b.created_at.getTime() || Buffer.compare(bytes(a), bytes(b));
  return found.sort((a, b) => (isNewer ? older(a, b) : older(b, a)));
}

/** As MongoDB compares strings. */
function bytes({ _id }: Found): Buffer {
  return Buffer.from(_id);
}
