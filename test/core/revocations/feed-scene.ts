import type { Context } from '../../../src/context';
import type { FeedItem } from '../../../src/core/revocations/feed-view';
import { type FeedPage, pollFeed } from '../../../src/core/revocations/poll-feed';
import { newRevocation } from '../../../src/core/revocations/new-revocation';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import type { Region } from '../../../src/store/regions';
import type { Revocation } from '../../../src/store/revocations';
import { CALLER, type TestCompany } from '../../helpers/company';

/** Polls once. */
export function poll(
  ctx: Context,
  company: TestCompany,
  query: { cursor?: string; since?: Date; limit?: number } = {},
  region: Region = 'default',
): Promise<FeedPage> {
  return pollFeed({ ctx, companyId: company.id, region, query: { limit: 200, ...query } });
}

/** Polls until there is no more; gives all that it was given, and the last cursor. */
export async function pollAll(
  ctx: Context,
  company: TestCompany,
  { cursor, since, limit }: { cursor?: string; since?: Date; limit?: number } = {},
): Promise<{ items: FeedItem[]; cursor: string; pages: number }> {
  const items: FeedItem[] = [];
  let query: Parameters<typeof poll>[2] = { ...(cursor && { cursor }), ...(since && { since }) };
  for (let pages = 1; ; pages++) {
    const page = await poll(ctx, company, { ...query, ...(limit && { limit }) });
    items.push(...page.revocations);
    if (!page.has_more) return { items, cursor: page.next_cursor, pages };
    query = { cursor: page.next_cursor };
  }
}

/** A poller that keeps its cursor, and all that it was given. */
export class Poller {
  readonly given: FeedItem[] = [];
  private cursor: string | undefined;

  constructor(
    private readonly ctx: Context,
    private readonly company: TestCompany,
    private readonly limit = 200,
  ) {}

  async poll(): Promise<FeedPage> {
    const { cursor, limit } = this;
    const page = await poll(this.ctx, this.company, { ...(cursor && { cursor }), limit });
    this.given.push(...page.revocations);
    this.cursor = page.next_cursor;
    return page;
  }
}

export async function revoke(ctx: Context, company: TestCompany, certificateId: string) {
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  const { revocation_id } = await revokeCertificate({ ...by, certificateId });
  return String(revocation_id);
}

/** Requests as processes from before the feed have left them, a second apart. */
export async function completedBefore(
  ctx: Context,
  company: TestCompany,
  count: number,
  { ids = 1, until = ctx.now() }: { ids?: number; until?: Date } = {},
): Promise<Revocation[]> {
  const requests = Array.from({ length: count }, (_, i) => {
    const at = new Date(until.getTime() - (count - i) * 1_000);
    const id = `rev_${company.id}-${String(i)}`;
    return newRevocation({
      _id: id,
      company_id: company.id,
      method: 'api',
      ...CALLER,
      certificate_ids: Array.from({ length: ids }, (__, n) => `EC-${id}-${String(n)}`),
      requested_at: at,
      state: 'completed',
      flags_committed_at: at,
      completed_at: at,
    });
  });
  await ctx.store.transaction((session) => ctx.store.revocations.insertMany(requests, session));
  return requests;
}

export const idsOf = (items: FeedItem[]): string[] => items.map((one) => one.revocation_id);
