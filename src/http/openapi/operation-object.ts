import { z } from 'zod';
import type { AnswerContent, Declared } from '../operation';
import { type Dialect, takesKey } from './dialects';
import { recordedExamples } from './examples';
import { nameOf, rateHeaders, ref, refusals } from './refusals';
import type { SchemaBook } from './schemas';

type Json = Record<string, unknown>;

/** The document's entry for one call; `route.path` is the whole path. */
export function operationObject(book: SchemaBook, dialect: Dialect, route: Declared): Json {
  const { operation } = route;
  const parameters = parametersOf(book, dialect, route);
  const security = securityOf(dialect, route);
  return {
    operationId: operation.id,
    summary: operation.summary,
    description: descriptionOf(dialect, route),
    ...(operation.scope && { 'x-required-scope': operation.scope }),
    tags: [dialect.tag],
    ...(security && { security }),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: requestBody(book, route) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.answers).map(([status, content]) => [
          status,
          success(book, route, Number(status), content),
        ]),
      ),
      ...refusals(book, dialect, route),
    },
  };
}

function securityOf(dialect: Dialect, { operation }: Declared): Dialect['security'] | undefined {
  if (operation.credentials === 'none') return [];
  return operation.credentials === 'optional' ? dialect.optionalSecurity : dialect.security;
}

/** What the call does, then what it costs and needs. */
function descriptionOf({ paid }: Dialect, { operation }: Declared): string {
  const { description, costs, scope } = operation;
  const price = costs ?? 'nothing.';
  const facts = [
    ...(paid ? [`**Costs** ${price}`] : []),
    ...(scope ? [`**Scope** of the token: \`${scope}\`.`] : []),
  ];
  return [description, ...facts].join('\n\n');
}

function parametersOf(book: SchemaBook, dialect: Dialect, route: Declared): Json[] {
  const inPath = [...route.path.matchAll(/[:*](\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: propertiesOf(book, route.params).properties[name] ?? { type: 'string' },
  }));
  const { properties, required } = propertiesOf(book, route.query);
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
  const headers = { ...dialect.headers, ...route.operation.takesHeaders };
  const inHeaders = Object.entries(headers).map(([name, header]) => ({
    name,
    in: 'header',
    required: false,
    ...header,
  }));
  const key = takesKey(route) && dialect.security.length > 0 && !isOpen(route);
  const keyParameter = { $ref: '#/components/parameters/IdempotencyKey' };
  return [...inPath, ...inQuery, ...inHeaders, ...(key ? [keyParameter] : [])];
}

function isOpen({ operation }: Declared): boolean {
  return operation.credentials === 'none';
}

function propertiesOf(
  book: SchemaBook,
  schema: z.ZodType | undefined,
): { properties: Record<string, Json>; required: string[] } {
  const { properties = {}, required = [] } = (schema ? book.input(schema) : {}) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return { properties, required };
}

function requestBody(book: SchemaBook, { body, bodyTypes, operation }: Declared): Json {
  const json = book.body(body ?? z.unknown());
  const schema = book.named(
    `${operation.id[0]?.toUpperCase() ?? ''}${operation.id.slice(1)}Body`,
    json,
  );
  const example = recordedExamples[operation.id]?.request;
  const content = (bodyTypes ?? ['application/json']).map((type) => [
    type,
    { schema, ...(example !== undefined && !bodyTypes && { example }) },
  ]);
  const required = ((json.required as string[] | undefined) ?? []).length > 0;
  return { required, content: Object.fromEntries(content) as Json };
}

function success(book: SchemaBook, route: Declared, status: number, content: AnswerContent): Json {
  const { operation } = route;
  const own = Object.entries(operation.headers ?? {}).map(
    ([name, description]) => [name, { description, schema: { type: 'string' } }] as const,
  );
  const headers = {
    ...Object.fromEntries(own),
    ...rateHeaders(),
    ...(takesKey(route) && !isOpen(route) && ref('Idempotent-Replayed')),
  };
  const body = contentOf(book, content, recordedExamples[operation.id]?.answers[String(status)]);
  return { description: nameOf(status), headers, ...(body && { content: body }) };
}

function contentOf(book: SchemaBook, content: AnswerContent, example: unknown): Json | null {
  if (content === null) return null;
  const types = content instanceof z.ZodType ? { 'application/json': content } : content;
  const [first] = Object.keys(types);
  const entries = Object.entries(types).map(([type, schema]) => {
    const shown = type === first && example !== undefined && { example };
    return [type, { schema: book.output(schema), ...shown }];
  });
  return Object.fromEntries(entries) as Json;
}
