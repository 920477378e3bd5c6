import type { SentEventName } from '../../core/webhooks/endpoint-fields';
import { bodyOfEvent, DESCRIBED_EVENTS } from '../econsent/webhook-events';
import { ECONSENT } from './dialects';
import type { SchemaBook } from './schemas';

type Json = Record<string, unknown>;

const HEADERS = {
  'webhook-id': 'Names the event: the same for each try and replay. Handle it once.',
  'webhook-timestamp': 'The time of this try, in seconds since 1970.',
  'webhook-signature':
    '`v1,` and the HMAC-SHA256 of id, timestamp and body, each followed by a dot but the last, in base64; two of them while a secret is being replaced.',
};

/** What companies' endpoints are sent, by event: the `webhooks` of an OpenAPI document. */
export function describeWebhooks(book: SchemaBook): Record<string, Json> {
  const names = Object.keys(DESCRIBED_EVENTS) as SentEventName[];
  return Object.fromEntries(names.map((name) => [name, { post: webhookObject(book, name) }]));
}

function webhookObject(book: SchemaBook, name: SentEventName): Json {
  const [first, ...rest] = DESCRIBED_EVENTS[name].when.split('. ');
  const schema = book.named(`${pascal(name)}Event`, book.output(bodyOfEvent(name)));
  return {
    operationId: `on${pascal(name)}`,
    summary: first?.replace(/\.$/, ''),
    ...(rest.length > 0 && { description: rest.join('. ') }),
    tags: [ECONSENT.tag],
    security: [],
    parameters: Object.entries(HEADERS).map(([header, description]) => ({
      name: header,
      in: 'header',
      required: true,
      description,
      schema: { type: 'string' },
    })),
    requestBody: { required: true, content: { 'application/json': { schema } } },
    responses: {
      '2XX': { description: 'You have it.' },
      '410': { description: 'Send nothing to this endpoint any more.' },
      default: { description: 'It is sent again later; `Retry-After` is honoured.' },
    },
  };
}

/** `certificate.revoked` → `CertificateRevoked`. */
function pascal(name: string): string {
  return name.replaceAll(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase());
}
