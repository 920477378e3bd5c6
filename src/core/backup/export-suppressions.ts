import type { z } from 'zod';
import type { Context } from '../../context';
import { type Suppression, suppressionId } from '../../store/suppressions';
import { rememberedEntryId } from '../revocations/remembered-entry';
import type { suppressionLine } from './export-format';

type Line = z.input<typeof suppressionLine>;

const LINES_AT_A_TIME = 1_000;

/**
 * One line per remembered opt-out of a company, then one for each that is remembered for the whole
 * service: those belong to no company, so that any company's export brings them back.
 */
export async function* suppressionLines({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): AsyncGenerator<Line> {
  for (const owner of [companyId, null]) {
    for (let after: string | null = null; ;) {
      const page: Suppression[] = await ctx.store.suppressions.list(owner, after, LINES_AT_A_TIME);
      yield* await linesOf(ctx, owner, page);
      const last = page.at(-1);
      if (!last || page.length < LINES_AT_A_TIME) break;
      after = last._id;
    }
  }
}

async function linesOf(ctx: Context, owner: string | null, page: Suppression[]): Promise<Line[]> {
  const asked = page.flatMap(({ revocation_id: id }) => (id === null ? [] : rememberedEntryId(id)));
  const entries = await ctx.store.audit.findMany(asked);
  const entryOf = new Map(entries.map((entry) => [entry._id, entry]));
  return page.map(({ _id, channels, at, method, revocation_id }) => {
    const entry = revocation_id === null ? null : entryOf.get(rememberedEntryId(revocation_id));
    return {
      suppression: _id.slice(suppressionId(owner, '').length),
      everywhere: owner === null,
      channels: Object.fromEntries(
        Object.entries(channels).map(([channel, time]) => [channel, time.toISOString()]),
      ),
      at: at.toISOString(),
      method,
      revocation_id,
      only_remembered: entry ? { actor: entry.actor, ip: entry.ip, reason: entry.reason } : null,
    };
  });
}
