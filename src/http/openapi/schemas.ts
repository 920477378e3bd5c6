import { z } from 'zod';

type Json = Record<string, unknown>;

const DEFS = '#/$defs/';
const COMPONENTS = '#/components/schemas/';

/** Converts zod schemas to JSON Schema, and collects the named ones as the document's components. */
export class SchemaBook {
  readonly components: Record<string, Json> = {};

  /** The schema of what callers send in a query or a path. */
  input(schema: z.ZodType): Json {
    return this.convert(schema, 'input');
  }

  /** The schema of what callers send in a body. */
  body(schema: z.ZodType): Json {
    const json = this.convert(schema, 'input', sayDefault);
    const { properties } = json as { properties?: Record<string, Json> };
    // A property that accepts anything is one that this call ignores.
    for (const [name, property] of Object.entries(properties ?? {})) {
      if (Object.keys(property).length === 0) delete properties?.[name];
    }
    return json;
  }

  /** The schema of what callers get. */
  output(schema: z.ZodType): Json {
    return this.convert(schema, 'output');
  }

  /** Adds a schema to the components under a name, and returns a reference to it. */
  named(name: string, json: Json): Json {
    this.components[name] = json;
    return { $ref: COMPONENTS + name };
  }

  private convert(
    schema: z.ZodType,
    io: 'input' | 'output',
    change: (json: Json) => void = () => undefined,
  ): Json {
    // Inside another schema, a named one becomes a reference; wrapping does that for the outermost too.
    const wrapped = z.toJSONSchema(z.object({ root: schema }), {
      io,
      unrepresentable: 'any',
      override: ({ jsonSchema }) => {
        tidy(jsonSchema);
        change(jsonSchema);
      },
    }) as { properties?: { root?: Json }; $defs?: Record<string, Json> };
    for (const [name, json] of Object.entries(wrapped.$defs ?? {})) {
      const { id: _id, ...rest } = repointed(json) as Json;
      this.components[name] = rest;
    }
    return repointed(wrapped.properties?.root ?? {}) as Json;
  }
}

/** Removes what tells a reader nothing, and what would forbid the fields of later versions. */
function tidy(json: Json): void {
  if (json.format === 'date-time' || json.format === 'date') delete json.pattern;
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  if (json.additionalProperties === false) delete json.additionalProperties;
}

/** Puts a default into words: client generators treat a body field that has one as required. */
function sayDefault(json: Json): void {
  if (!('default' in json)) return;
  const said = `Default: ${JSON.stringify(json.default)}.`;
  json.description = json.description ? `${json.description as string} ${said}` : said;
  delete json.default;
}

function repointed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(repointed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    const refers = key === '$ref' && typeof item === 'string';
    return [key, refers ? item.replace(DEFS, COMPONENTS) : repointed(item)] as const;
  });
  return Object.fromEntries(entries);
}
