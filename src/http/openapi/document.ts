import type { Router } from 'express';
import { type Declared, declaredOn } from '../operation';
import { type Dialect, SECURITY_SCHEMES } from './dialects';
import { operationObject } from './operation-object';
import { SchemaBook } from './schemas';
import { describeWebhooks } from './webhooks';

/** A router whose calls are described, and where it is mounted. */
export interface Area {
  dialect: Dialect;
  prefix: string;
  router: Router;
}

type Json = Record<string, unknown>;

/** An OpenAPI 3.1 document, without its servers and contact. */
export interface Description extends Json {
  openapi: '3.1.0';
  paths: Record<string, Record<string, Json>>;
  /** What companies' endpoints are sent. */
  webhooks: Record<string, Json>;
  components: { schemas: Record<string, Json> } & Json;
}

const HEADERS = {
  'Retry-After': {
    description: 'Seconds to wait before the next try.',
    schema: { type: 'string', pattern: '^\\d+$' },
  },
  RateLimit: {
    description: 'What is left of the limit (draft-ietf-httpapi-ratelimit-headers-08).',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': {
    description: 'The limit and its window in seconds.',
    schema: { type: 'string' },
  },
  'Idempotent-Replayed': {
    description: 'This is the answer of an earlier call with the same Idempotency-Key.',
    schema: { type: 'string', const: 'true' },
  },
  'WWW-Authenticate': {
    description: 'The kind of credentials to send.',
    schema: { type: 'string' },
  },
};

const PARAMETERS = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'For 24 hours, the same key and body get the first answer again, and the effect happens once.',
    schema: { type: 'string', minLength: 1, maxLength: 200 },
  },
};

const ABOUT = `Proves, checks and withdraws consumer consent.

Three dialects share one set of rules: **eConsent**, and the calls of **Attestr** and **Baanx** for those who have
clients of theirs. Errors come in the shape of the dialect. Every POST and DELETE takes an \`Idempotency-Key\`.
A quickstart, the prices and what each refusal means are at [/docs](/docs).`;

/**
 * A description as it is served.
 * @param url of the service, without a slash at its end
 * @param supportUrl who helps; default: the front door, which leads everybody to their page
 */
export function publishedAt(
  description: Description,
  url: string,
  supportUrl: string | null = null,
): Description {
  const { info, ...rest } = description;
  return {
    ...rest,
    info: {
      ...(info as Json),
      contact: { name: 'The operator of this service', url: supportUrl ?? `${url}/` },
    },
    servers: [{ url, description: 'This service' }],
  };
}

/** Describes the calls that routers serve, purely from what was mounted on them. */
export function describe(areas: Area[]): Description {
  const book = new SchemaBook();
  const paths: Description['paths'] = {};
  for (const { dialect, prefix, router } of areas) {
    for (const route of declaredOn(router)) {
      const path = templated(prefix + route.path);
      paths[path] = {
        ...paths[path],
        [route.method]: operationObject(book, dialect, { ...route, path: prefix + route.path }),
      };
    }
  }
  const dialects = new Map(areas.map(({ dialect }) => [dialect.tag, dialect]));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Rescind',
      version: '1.0.0',
      summary: 'Proves, checks and withdraws consumer consent.',
      description: ABOUT,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: [...dialects.values()].map(({ tag: name, description }) => ({ name, description })),
    paths,
    webhooks: describeWebhooks(book),
    components: {
      schemas: book.components,
      securitySchemes: SECURITY_SCHEMES,
      headers: HEADERS,
      parameters: PARAMETERS,
    },
  };
}

/** `/a/:b` → `/a/{b}`. */
function templated(path: Declared['path']): string {
  return path.replaceAll(/[:*](\w+)/g, '{$1}');
}
