import type { z } from 'zod';
import { HOUR_MS, MINUTE_MS } from '../../lib/durations';
import { RETRY_PAUSES_MS } from '../../lib/retry-schedule';
import type { SentEventName } from '../../core/webhooks/endpoint-fields';
import { DESCRIBED_EVENTS } from '../econsent/webhook-events';
import { VERIFY_SNIPPETS } from './verify-snippets';

const EXAMPLE = {
  type: 'certificate.revoked',
  timestamp: '2026-01-31T12:00:00.000Z',
  sequence: 42,
  data: {
    revocation_id: 'rev_Zk3Jm0T7pQ2xV9aL',
    batch_id: null,
    method: 'consumer_portal',
    channels: ['call', 'text', 'email'],
    revoked_at: '2026-01-31T12:00:00.000Z',
    certificate_ids: ['EC-4f1c2b'],
  },
};
const HEADERS = [
  'POST /hooks/rescind HTTP/1.1',
  'Content-Type: application/json',
  'webhook-id: evt_8rG1kVwYc4nS5tB6',
  'webhook-timestamp: 1769860800',
  'webhook-signature: v1,…',
];
const UNITS: readonly [number, string][] = [
  [HOUR_MS, 'h'],
  [MINUTE_MS, 'min'],
  [1_000, 's'],
];

/** What the developers' page shows of webhooks, besides its texts. */
export function webhookDocs() {
  return {
    message: `${HEADERS.join('\n')}\n\n${oneLineLists(JSON.stringify(EXAMPLE, null, 2))}`,
    snippets: VERIFY_SNIPPETS,
    events: (Object.keys(DESCRIBED_EVENTS) as SentEventName[]).map(eventRow),
    retries: [undefined, ...RETRY_PAUSES_MS].map((pauseMs, i) => ({
      after: pauseMs && duration(pauseMs),
      total: pauseMs && duration(RETRY_PAUSES_MS.slice(0, i).reduce((sum, one) => sum + one, 0)),
    })),
  };
}

function eventRow(event: SentEventName) {
  const { when, data } = DESCRIBED_EVENTS[event];
  const shape: Record<string, z.ZodType | undefined> = data.shape;
  const names = Object.keys(shape);
  const isAlways = (name: string) => shape[name]?.safeParse(undefined).success === false;
  return {
    event,
    // What stands between backticks is code.
    when: when.split('`'),
    always: names.filter(isAlways),
    sometimes: names.filter((name) => !isAlways(name)),
  };
}

function oneLineLists(json: string): string {
  return json.replaceAll(/\[\s+([^\]]*?)\s+\]/g, (_, items: string) => {
    return `[${items.replaceAll(/\s*\n\s*/g, ' ')}]`;
  });
}

/** Its two largest units, as `2 min 35 s`. */
function duration(ms: number): string {
  let left = ms;
  const parts = UNITS.flatMap(([unit, name]) => {
    const whole = Math.floor(left / unit);
    left -= whole * unit;
    return whole > 0 ? `${String(whole)} ${name}` : [];
  });
  return parts.slice(0, 2).join(' ');
}
