// Collection `certificates`: searches of the dashboard.
import type { Connection } from 'mongoose';
import { type Certificate, ofStatus } from './certificates';
import { maxTime } from './connection';
import { afterCursor, type PageRequest, toPage } from './paging';

/** Which certificates to find: those that match any of the names, or all. */
export interface CertificateSearch {
  /** Exact ids of certificates or sessions, and keyed hashes of a person; null: every one. */
  names: {
    ids: string[];
    session_ids: string[];
    email_hashes: string[];
    mobile_hashes: string[];
  } | null;
  revoked?: boolean | undefined;
}

/** The dashboard's searches over certificates. */
export function certificateSearchStore(connection: Connection) {
  const certificates = connection.collection<Certificate>('certificates');
  const inTime = maxTime(connection);
  return {
    /** A page of matches, newest first. */
    page: async (companyId: string, search: CertificateSearch, page: PageRequest) => {
      const found = await certificates
        .find({ $and: [filter(companyId, search), afterCursor('created_at', page.cursor)] }, inTime)
        .sort({ created_at: -1, _id: -1 })
        .limit(page.limit + 1)
        .toArray();
      return toPage(found, page.limit, (item) => ({ at: item.created_at, id: item._id }));
    },
    /** Ids of up to `limit` matches, newest first. */
    ids: async (companyId: string, search: CertificateSearch, limit: number) => {
      const found = await certificates
        .find(filter(companyId, search), inTime)
        .project<{ _id: string }>({ _id: 1 })
        .sort({ created_at: -1, _id: -1 })
        .limit(limit)
        // So that no single reply takes longer than an operation may.
        .batchSize(5_000)
        .toArray();
      return found.map((certificate) => certificate._id);
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

function filter(companyId: string, { names, revoked }: CertificateSearch): object {
  const all = {
    company_id: companyId,
    ...(revoked !== undefined && ofStatus(revoked)),
  };
  if (!names) return all;
  const { ids, session_ids, email_hashes, mobile_hashes } = names;
  // Repeated in each branch, so that each uses an index of its own.
  return {
    $or: [
      { ...all, _id: { $in: ids } },
      { ...all, session_id: { $in: session_ids } },
      ...(email_hashes.length > 0 ? [{ ...all, email_hash: { $in: email_hashes } }] : []),
      ...(mobile_hashes.length > 0 ? [{ ...all, mobile_hash: { $in: mobile_hashes } }] : []),
    ],
  };
}
