import type { Context } from '../../context';
import { invalid } from '../../errors';
import { checkEndpointUrl } from '../../lib/posting/endpoint-url';
import {
  type SentEventName,
  WEBHOOK_EVENTS,
  type WebhookEventName,
} from '../../store/webhook-events';

export { WEBHOOK_EVENTS };
export type { SentEventName };

export const MAX_DESCRIPTION_CHARACTERS = 200;

/** What a company says of an endpoint; what is left out stays, or has its default. */
export interface EndpointFields {
  url?: string | undefined;
  /** Null: all. */
  events?: string[] | null | undefined;
  description?: string | undefined;
}

/**
 * Reads what a company says of an endpoint.
 * @throws AppError invalid_request naming `url`, `events.<n>` or `description`
 */
export function readEndpointFields({ ctx, fields }: { ctx: Context; fields: EndpointFields }) {
  const { url, events, description } = fields;
  const { production } = ctx.config;
  const wrong = url === undefined ? null : checkEndpointUrl(url, { production });
  if (wrong) throw invalid('url', wrong);
  if (description !== undefined) checkDescription(description);
  return {
    ...(url !== undefined && { url }),
    ...(events !== undefined && { events: events && readEvents(events) }),
    ...(description !== undefined && { description }),
  };
}

function checkDescription(description: string): void {
  if (description.length > MAX_DESCRIPTION_CHARACTERS) {
    const max = String(MAX_DESCRIPTION_CHARACTERS);
    throw invalid('description', `must have at most ${max} characters`);
  }
  if (/\p{Cc}/u.test(description)) {
    throw invalid('description', 'must not contain control characters');
  }
}

function readEvents(events: string[]): WebhookEventName[] {
  if (events.length === 0) throw invalid('events', 'must name at least one event');
  const known: readonly string[] = WEBHOOK_EVENTS;
  events.forEach((event, i) => {
    if (!known.includes(event)) {
      throw invalid(`events.${String(i)}`, `must be one of ${WEBHOOK_EVENTS.join(', ')}`);
    }
  });
  return WEBHOOK_EVENTS.filter((event) => events.includes(event));
}
