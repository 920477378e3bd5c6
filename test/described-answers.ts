import Ajv2020, { type AnySchema, type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { pointedAt } from '../scripts/openapi/pointed-at';
import type { Description } from '../src/http/openapi/document';

type Json = Record<string, unknown>;

/**
 * The description of the API, and the checks of answers that are compiled from it: once for all the
 * files of a worker. A check is compiled when the first answer of its kind comes.
 */
export class DescribedAnswers {
  private json: string | null = null;
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly checks = new Map<string, ValidateFunction>();

  /** The description as JSON; `make` is called for the worker's first file. */
  description(make: () => Description): string {
    if (this.json !== null) return this.json;
    this.json = JSON.stringify(make());
    const { components } = JSON.parse(this.json) as Description;
    addFormats(this.ajv);
    this.ajv.addSchema({ $id: 'described', components: closed(components) });
    return this.json;
  }

  /**
   * Says how a body differs from a schema of the description; null: it does not. Fields that are not
   * described count as a difference.
   * @param schema as JSON, as no object of a file may outlive it
   */
  errors(schema: string, body: unknown): string | null {
    let check = this.checks.get(schema);
    if (!check) {
      const pointing = pointedAt('described', JSON.parse(schema));
      check = this.ajv.compile(closed(pointing) as AnySchema);
      this.checks.set(schema, check);
    }
    return check(body) ? null : this.ajv.errorsText(check.errors);
  }
}

/** Objects with the fields that are described and no other. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, closed(item)] as const);
  const object: Json = Object.fromEntries(entries);
  const open = object.type === 'object' && 'properties' in object;
  return open && !('additionalProperties' in object)
    ? { ...object, additionalProperties: false }
    : object;
}
