import type { Position } from '../../store/paging';

const REQUESTS_AT_A_TIME = 500;

/** A request and what it revoked. */
export interface Revoked<Request, What> {
  request: Request;
  revoked: What[];
}

/** Reads a list of requests, oldest first, to its end, page by page. */
export async function* requestPages<Request extends { _id: string; requested_at: Date }>(
  list: (after: Position | null, limit: number) => Promise<Request[]>,
): AsyncGenerator<Request[]> {
  for (let after: Position | null = null; ;) {
    const page: Request[] = await list(after, REQUESTS_AT_A_TIME);
    yield page;
    const last = page.at(-1);
    if (!last || page.length < REQUESTS_AT_A_TIME) return;
    after = { at: last.requested_at, id: last._id };
  }
}

/**
 * Pairs each request with what it revoked; requests that revoked nothing are left out.
 * @param read gives what the requests with these ids revoked, grouped by request
 */
export async function* byRequest<Request extends { _id: string }, What>(
  requests: Request[],
  read: (ids: string[]) => AsyncIterable<What>,
  requestOf: (what: What) => string | null,
): AsyncGenerator<Revoked<Request, What>> {
  const byId = new Map(requests.map((request) => [request._id, request]));
  let current = null as Revoked<Request, What> | null;
  for await (const what of read([...byId.keys()])) {
    const request = byId.get(requestOf(what) ?? '');
    if (!request) continue;
    if (current?.request !== request) {
      if (current) yield current;
      current = { request, revoked: [] };
    }
    current.revoked.push(what);
  }
  if (current) yield current;
}
