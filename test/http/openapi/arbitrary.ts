import fc from 'fast-check';
import type { DescribedOperation } from '../../helpers/described';
import { bodySchema } from '../../helpers/described';
import { type OpenapiScene, WRONG } from './scene';

type Json = Record<string, unknown>;

/** A call to make: everything that is sent, and nothing else. */
export interface FuzzedCall {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
}

const NASTY = fc.constantFrom(
  ...['', ' ', '\u0000', '../..', '%', "'", '"', '$where', '__proto__', '😀', '\ud800', 'null'],
  ...['0', '-1', '1e999', '2026-02-30T00:00:00Z', 'a'.repeat(300), 'Ａ', '{"$gt":""}', '<b>'],
);
const anyText = fc.oneof(NASTY, fc.string({ unit: 'binary', maxLength: 40 }));
const anyJson: fc.Arbitrary<unknown> = fc.oneof(fc.jsonValue({ maxDepth: 2 }), anyText);
const ipv4 = fc.nat(0xffffff).map((n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);

/** Calls of an operation: mostly almost right, with anything anywhere now and then. */
export function callsOf(
  operation: DescribedOperation,
  scene: OpenapiScene,
): fc.Arbitrary<FuzzedCall> {
  const { method, object } = operation;
  const known = knownFor(operation, scene);
  return fc
    .record({
      path: pathOf(operation, known),
      query: queryOf(operation, known),
      headers: headersOf(object.tags[0] ?? '', scene),
      body: bodyOf(operation, known),
    })
    .map(({ path, query, headers, body }) => ({
      method,
      headers: { ...headers, ...body?.headers },
      body: body?.text,
      path: path + (query === '' ? '' : `?${query}`),
    }));
}

type Known = (name: string) => fc.Arbitrary<string>;

function knownFor({ path }: DescribedOperation, { known }: OpenapiScene): Known {
  return (name) => {
    const own = path.startsWith('/operator') ? known[`operator ${name}`] : undefined;
    const values = own ?? known[name];
    const text = anyText;
    return values
      ? fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom(...values) },
          { weight: 1, arbitrary: text },
        )
      : text;
  };
}

function pathOf({ path }: DescribedOperation, known: Known): fc.Arbitrary<string> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return fc
    .tuple(...names.map((name) => known(name)))
    .map((values) => path.replaceAll(/\{(\w+)\}/g, () => escaped(values.shift() ?? '')));
}

/** Without lone surrogates, which URLs cannot hold. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** Never empty, `.` or `..`, which would make it another call's path. */
function escaped(value: string): string {
  const text = encodeURIComponent(wellFormed(value));
  return /^\.{0,2}$/.test(text) ? 'x' : text;
}

function queryOf({ object }: DescribedOperation, known: Known): fc.Arbitrary<string> {
  const inQuery = (object.parameters ?? []).filter((one) => one.in === 'query');
  const fields = inQuery.map(({ name, schema }) => {
    const value = fc.oneof(fromSchema(schema as Json, known, name as string), anyText);
    return [name as string, fc.option(value, { nil: undefined })] as const;
  });
  return fc.record(Object.fromEntries(fields)).map((values) => {
    const given = Object.entries(values).filter(([, value]) => value !== undefined);
    return new URLSearchParams(
      given.map(([name, value]): [string, string] => [name, wellFormed(String(value))]),
    ).toString();
  });
}

function headersOf(
  tag: string,
  { credentials }: OpenapiScene,
): fc.Arbitrary<Record<string, string>> {
  const right = credentials[tag] ?? {};
  return fc
    .record({
      credentials: fc.oneof(
        { weight: 8, arbitrary: fc.constant(right) },
        { weight: 1, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: fc.constant(WRONG[tag] ?? {}) },
      ),
      // A new one each time: limits per IP have tests of their own.
      ip: ipv4,
      key: fc.option(fc.constantFrom('k1', 'k2', 'k'.repeat(201)), { nil: undefined, freq: 3 }),
      region: fc.option(fc.constantFrom('true', 'false', 'maybe'), { nil: undefined, freq: 3 }),
    })
    .map(({ credentials: given, ip, key, region }) => ({
      ...given,
      'x-forwarded-for': ip,
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(region !== undefined && tag === 'Baanx' && { 'x-us-env': region }),
    }));
}

interface FuzzedBody {
  text: string;
  headers: Record<string, string>;
}

function bodyOf(operation: DescribedOperation, known: Known): fc.Arbitrary<FuzzedBody | undefined> {
  const types = Object.keys(operation.object.requestBody?.content ?? {});
  if (types.length === 0) return fc.constant(undefined);
  if (!types.includes('application/json')) return formOf(types, known);
  const json = { 'content-type': 'application/json' };
  const schema = bodySchema(operation) ?? {};
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fromSchema(schema, known, '').map((value) => ({
        text: JSON.stringify(value),
        headers: json,
      })),
    },
    {
      weight: 1,
      arbitrary: anyJson.map((value) => ({ text: JSON.stringify(value), headers: json })),
    },
    { weight: 1, arbitrary: fc.constant({ text: '{"a":', headers: json }) },
    {
      weight: 1,
      arbitrary: fc.constant({ text: 'a=b', headers: { 'content-type': 'text/plain' } }),
    },
  );
}

function formOf(types: string[], known: Known): fc.Arbitrary<FuzzedBody> {
  const boundary = 'b0undary';
  const part = (name: string, value: string, more = '') =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  return fc
    .record({
      type: fc.constantFrom(...types, 'application/json'),
      file: fc.oneof(
        fc.constantFrom(
          'email\nann@example.com\nnobody\n',
          'certificate_id\nEC-x\n',
          'name\nx\n',
          '',
        ),
        anyText,
      ),
      field: known('List-Unsubscribe'),
      dryRun: fc.constantFrom('true', 'false', 'perhaps'),
      whole: fc.boolean(),
    })
    .map(({ type, file, field, dryRun, whole }) => {
      if (type !== 'multipart/form-data') {
        const text = new URLSearchParams({ 'List-Unsubscribe': wellFormed(field) }).toString();
        return { text, headers: { 'content-type': type } };
      }
      const text =
        part('dry_run', dryRun) +
        part('List-Unsubscribe', field) +
        part('file', file, '; filename="f.csv"') +
        (whole ? `--${boundary}--\r\n` : '');
      return { text, headers: { 'content-type': `${type}; boundary=${boundary}` } };
    });
}

/** Values for a schema, with some wrong ones among them. */
function fromSchema(schema: Json, known: Known, name: string): fc.Arbitrary<unknown> {
  const right = rightOf(schema, known, name);
  return fc.oneof({ weight: 9, arbitrary: right }, { weight: 1, arbitrary: anyJson });
}

function rightOf(schema: Json, known: Known, name: string): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  const variants = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (variants) return fc.oneof(...variants.map((one) => fromSchema(one, known, name)));
  switch (schema.type) {
    case 'object':
      return objectOf(schema, known);
    case 'array': {
      const singular = name === 'certificate_ids' ? 'certificate_id' : name;
      return fc.array(fromSchema((schema.items ?? {}) as Json, known, singular), { maxLength: 4 });
    }
    case 'integer':
    case 'number':
      return integer(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      if (schema.format === 'date-time')
        return fc.constantFrom('2026-01-01T00:00:00Z', '2099-01-01T00:00:00+02:00');
      if (schema.format === 'date') return fc.constantFrom('2026-01-01', '2099-01-01');
      return known(name);
  }
}

function objectOf(schema: Json, known: Known): fc.Arbitrary<unknown> {
  const required = new Set(schema.required as string[] | undefined);
  const fields = Object.entries((schema.properties ?? {}) as Record<string, Json>).map(
    ([name, property]) => {
      const value = fromSchema(property, known, name);
      return [
        name,
        fc.option(value, { nil: undefined, freq: required.has(name) ? 20 : 2 }),
      ] as const;
    },
  );
  return fc.record(Object.fromEntries(fields));
}

function integer(schema: Json) {
  const min = (schema.minimum as number | undefined) ?? -10;
  return fc.integer({ min, max: Math.max(min, 0) + 400 });
}
