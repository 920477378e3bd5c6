import type { Context } from '../../context';
import { MINUTE_MS } from '../../lib/durations';
import { slotTag } from '../../queue/masters';
import type { Policy } from './policies';
import type { Window } from './windows';

/** How long Redis is left alone after a failure. */
export const LOOK_AGAIN_AFTER_MS = 3_000;
/** The clocks of two machines differ by less than this. */
const CLOCK_SLACK_MS = MINUTE_MS;

/**
 * Counts a call in all of its windows, or in none when one of them is full. A window missing in
 * Redis continues from what the process knows. KEYS: windows. ARGV: the time, then for each window
 * its limit, its length, the start and count that the process knows. Gives 1 (counted) or 0, then
 * the start and count of each window.
 */
const COUNT_CALL = `
local now = tonumber(ARGV[1])
local windows, counted = {}, 1
for i, key in ipairs(KEYS) do
  local at = (i - 1) * 4 + 1
  local max, length = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local start, count = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local stored = redis.call('HMGET', key, 'start', 'count')
  local since, n = tonumber(stored[1]), tonumber(stored[2])
  if since and now < since + length then
    if since == start then n = math.max(n, count) end
    start, count = since, n
  end
  if count >= max then counted = 0 end
  windows[i] = { start, count, length }
end
local answer = { counted }
for i, key in ipairs(KEYS) do
  local start, count, length = windows[i][1], windows[i][2], windows[i][3]
  if counted == 1 then
    count = count + 1
    redis.call('HSET', key, 'start', string.format('%.0f', start), 'count', count)
    redis.call('PEXPIRE', key, string.format('%.0f', start + length - now + ${String(CLOCK_SLACK_MS)}))
  end
  answer[#answer + 1] = start
  answer[#answer + 1] = count
end
return answer`;

/** How all processes together counted a call, or refused it. */
export interface SharedCount {
  counted: boolean;
  /** In the order of the policies. */
  windows: Window[];
}

/** Counts calls in Redis, for all processes together, in one round trip. */
export class SharedWindows {
  private away = false;
  private lookAgainAt = 0;

  constructor(private readonly ctx: Context) {}

  /**
   * Counts a call.
   * @param known what the process knows of each policy's window
   * @returns null while Redis is away: after a failure no call waits for it until it answers again
   */
  async count(policies: Policy[], known: Window[], now: number): Promise<SharedCount | null> {
    if (this.away) {
      this.lookAgain();
      return null;
    }
    try {
      return await this.ask(policies, known, now);
    } catch {
      // The connection's own handler has logged it.
      this.away = true;
      this.lookAgainAt = performance.now() + LOOK_AGAIN_AFTER_MS;
      return null;
    }
  }

  private lookAgain(): void {
    if (performance.now() < this.lookAgainAt) return;
    this.lookAgainAt = performance.now() + LOOK_AGAIN_AFTER_MS;
    this.ctx.queues.ping().then(
      () => {
        this.away = false;
      },
      () => {
        // Still away: a later call looks again.
      },
    );
  }

  private async ask(policies: Policy[], known: Window[], now: number): Promise<SharedCount> {
    const { queues, config } = this.ctx;
    const keys = policies.map(({ key }) => {
      // All are of one company.
      const inOneSlot = key.replace(/^[^:]+/, (company) => slotTag(queues.redis, company));
      return `${config.redisPrefix}:calls:${inOneSlot}`;
    });
    const values = policies.flatMap(({ max, windowMs }, at) => [
      max,
      windowMs,
      known[at]?.start ?? now,
      known[at]?.count ?? 0,
    ]);
    const answer = await queues.redis.eval(COUNT_CALL, keys.length, ...keys, now, ...values);
    const [counted, ...numbers] = answer as number[];
    const windows = policies.map((_, at) => ({
      start: numbers[2 * at] ?? now,
      count: numbers[2 * at + 1] ?? 0,
    }));
    return { counted: counted === 1, windows };
  }
}
