import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { Area, Description } from '../../src/http/openapi/document';
import { declaredOn } from '../../src/http/operation';
import { pointedAt } from './pointed-at';

type Json = Record<string, unknown>;

interface Operation extends Json {
  operationId: string;
  summary: string;
  tags: string[];
  parameters?: Json[];
  requestBody?: { content: Record<string, Content> };
  responses: Record<string, { description: string; content?: Record<string, Content> }>;
}

interface Content {
  schema: Json;
  example?: unknown;
}

/**
 * What is wrong with a description: an operation without a name of its own or without answers, a
 * reference to nothing, a path whose parameters are not described, a schema that is none, an example
 * that its schema refuses.
 */
export function problemsOf(description: Description): string[] {
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      where: `${method.toUpperCase()} ${path}`,
      path,
      operation: operation as Operation,
    })),
  );
  const ids = operations.map(({ operation }) => operation.operationId);
  const schemas = schemaCheck(description);
  return [
    ...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `operationId ${id} is used twice`),
    ...operations.flatMap(({ where, path, operation }) =>
      [...operationProblems(path, operation), ...schemas(operation)].map(
        (problem) => `${where}: ${problem}`,
      ),
    ),
    ...danglingReferences(description),
    ...unusedSchemas(description),
  ];
}

function operationProblems(path: string, operation: Operation): string[] {
  const problems: string[] = [];
  if (!/^[a-z][A-Za-z0-9]+$/.test(operation.operationId)) {
    problems.push(`operationId ${operation.operationId} is no name of a function`);
  }
  if (!operation.summary) problems.push('has no summary');
  const statuses = Object.keys(operation.responses);
  if (!statuses.some((status) => status.startsWith('2'))) problems.push('has no success');
  for (const status of statuses) {
    if (!/^[1-5]\d\d$/.test(status)) problems.push(`${status} is no status`);
    if (!operation.responses[status]?.description) problems.push(`${status} is not described`);
  }
  const described = (operation.parameters ?? []).filter((one) => one.in === 'path');
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  if (inPath.join() !== described.map(({ name }) => name).join()) {
    problems.push('its path and its parameters differ');
  }
  return problems;
}

/** Compiles every schema of an operation, and checks the examples beside them. */
function schemaCheck({ components }: Description): (operation: Operation) => string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ $id: 'document', components: components as Json });
  const check = (what: string, { schema, example }: Content): string[] => {
    try {
      const validate = ajv.compile(pointedAt('document', schema) as Json);
      if (example === undefined || validate(example)) return [];
      return [`${what}: the example is not as described: ${ajv.errorsText(validate.errors)}`];
    } catch (error) {
      return [`${what}: ${error instanceof Error ? error.message : String(error)}`];
    }
  };
  return ({ parameters = [], requestBody, responses }) => [
    ...parameters.flatMap(({ name, schema }) =>
      schema ? check(String(name), { schema: schema as Json }) : [],
    ),
    ...Object.values(requestBody?.content ?? {}).flatMap((content) => check('body', content)),
    ...Object.entries(responses).flatMap(([status, { content = {} }]) =>
      Object.values(content).flatMap((one) => check(status, one)),
    ),
  ];
}

function references(value: unknown): string[] {
  const found = JSON.stringify(value).matchAll(/"\$ref":"([^"]+)"/g);
  return [...new Set([...found].map(([, target = '']) => target))];
}

function danglingReferences(description: Description): string[] {
  return references(description)
    .filter((target) => {
      const steps = target.replace(/^#\//, '').split('/');
      const found = steps.reduce<unknown>(
        (at, step) => (at as Json | undefined)?.[step],
        description,
      );
      return found === undefined;
    })
    .map((target) => `${target} refers to nothing`);
}

function unusedSchemas(description: Description): string[] {
  const used = new Set(references(description));
  return Object.keys(description.components.schemas)
    .filter((name) => !used.has(`#/components/schemas/${name}`))
    .map((name) => `schema ${name} is not used`);
}

/** Calls that an area serves without a word about them. */
export function undescribedCalls(areas: Area[]): string[] {
  return areas.flatMap(({ prefix, router }) => {
    const known = new Set(declaredOn(router).map(({ method, path }) => `${method} ${path}`));
    return router.stack.flatMap(({ route }) =>
      (route?.stack ?? [])
        .filter(({ method }) => method !== 'options')
        // Of several paths the first one is described.
        .map(({ method }) => `${method} ${[route?.path ?? ''].flat()[0] ?? ''}`)
        .filter((call, i, all) => all.indexOf(call) === i && !known.has(call))
        .map((call) => `${call} under "${prefix}" is served but not described`),
    );
  });
}
