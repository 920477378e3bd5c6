import type { Context } from '../../context';
import { MINUTE_MS } from '../../lib/durations';
import { errorForLog } from '../../telemetry/logger';

const NOTED_EVERY_MS = MINUTE_MS;
const MAX_REMEMBERED = 10_000;

/**
 * Makes the function that notes when a token was last used: at most one write per token and minute,
 * never awaited.
 */
export function createTokenUse({ ctx }: { ctx: Context }): (tokenId: string) => void {
  const notedAt = new Map<string, number>();
  return (tokenId) => {
    const now = ctx.now().getTime();
    if (now - (notedAt.get(tokenId) ?? 0) < NOTED_EVERY_MS) return;
    if (notedAt.size >= MAX_REMEMBERED) notedAt.clear();
    notedAt.set(tokenId, now);
    ctx.store.credentials
      .markTokenUsed(tokenId, new Date(now), new Date(now - NOTED_EVERY_MS))
      .catch((error: unknown) => {
        ctx.log.warn({ error: errorForLog(error) }, 'could not note the use of a token');
      });
  };
}
