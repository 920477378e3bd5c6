/** Holds every answer that a test gets against the description of the API. */
import type { Scope } from '../../src/core/credentials/scopes';
import { describeOffline } from '../../scripts/openapi/offline';
import type { Description } from '../../src/http/openapi/document';
import type { DescribedAnswers } from '../described-answers';

type Json = Record<string, unknown>;

/** An operation of the description, with what it takes to recognise a call of it. */
export interface DescribedOperation {
  id: string;
  method: string;
  /** `/a/{b}`. */
  path: string;
  pattern: RegExp;
  object: {
    tags: string[];
    'x-required-scope'?: Scope;
    security?: Record<string, string[]>[];
    parameters?: Json[];
    requestBody?: { content: Record<string, { schema: Json }> };
    responses: Record<string, { content?: Record<string, { schema: Json }> } | undefined>;
  };
}

export interface Answered {
  status: number;
  contentType: string | null;
  body: unknown;
}

// See `databases.ts`.
const { describedAnswers } = globalThis as unknown as { describedAnswers: DescribedAnswers };
const description = JSON.parse(describedAnswers.description(describeOffline)) as Description;

/** Every operation; those of fixed paths before those with parameters. */
export const operations: DescribedOperation[] = Object.entries(description.paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, object]) => ({
      id: object.operationId as string,
      method: method.toUpperCase(),
      path,
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`),
      object: object as DescribedOperation['object'],
    })),
  )
  .sort((a, b) => a.path.split('{').length - b.path.split('{').length);

/** The schema of a body that the description names, with its references resolved. */
export function bodySchema({ object }: DescribedOperation): Json | undefined {
  const schema = object.requestBody?.content['application/json']?.schema;
  const name = (schema?.$ref as string | undefined)?.split('/').at(-1) ?? '';
  return description.components.schemas[name];
}

/** The operation of a call, or undefined where the path or method is nobody's. */
export function operationOf(method: string, path: string): DescribedOperation | undefined {
  const [bare = ''] = path.split('?');
  const plain = bare.startsWith('/api/v3/') ? bare : bare.replace(/^\/api(?=\/)/, '');
  return operations.find((one) => one.method === method && one.pattern.test(plain));
}

/**
 * Says how an answer differs from what is described; null: it does not, or the call is nobody's.
 * Fields that are not described count as a difference.
 */
export function differenceFrom(method: string, path: string, answer: Answered): string | null {
  const operation = operationOf(method, path);
  if (!operation) return null;
  const { status, body } = answer;
  const where = `${operation.id} (${method} ${operation.path}) answered ${String(status)}`;
  const response = operation.object.responses[String(status)];
  if (!response) return `${where}, which is not described: ${JSON.stringify(body)}`;
  const type = answer.contentType?.split(';')[0];
  if (!response.content) return body === '' ? null : `${where} with a body, which is not described`;
  const content = type === undefined ? undefined : response.content[type];
  if (!content) return `${where} as ${String(type)}, which is not described`;
  const errors = describedAnswers.errors(JSON.stringify(content.schema), body);
  return errors === null
    ? null
    : `${where} other than described: ${errors}: ${JSON.stringify(body)}`;
}
