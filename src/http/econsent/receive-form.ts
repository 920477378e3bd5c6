import type { Request } from 'express';
import { z } from 'zod';
import type { Batch, BatchKind } from '../../core/batches/batch-view';
import { type IncomingUpload, receiveUpload } from '../../core/batches/receive-upload';
import { MAX_UPLOAD_BYTES } from '../../core/batches/store-upload';
import type { Context } from '../../context';
import type { CompanyPrincipal } from '../../core/credentials/authenticate';
import { AppError, invalid } from '../../errors';
import type { Answer } from '../answer';
import { madeOnce } from '../made-once';
import type { Once } from '../once';
import { parse } from '../parse';
import { receiveFile } from '../receive-file';

/** For the OpenAPI document only: the file never passes a schema. Generators go by `binary`. */
export const fileField = z
  .string()
  .meta({ format: 'binary', contentMediaType: 'text/csv', description: 'The CSV file.' });

/** The fields of a form besides the file. */
type FieldsSchema = z.ZodObject<{ company_id: z.ZodType<string | undefined> }>;

/** How the rows of the file are to be processed. */
type ToAccept = Omit<Parameters<IncomingUpload['accept']>[0], 'stored' | 'completion'>;

/**
 * Receives a CSV file with fields and makes it a batch, once under an Idempotency-Key.
 * @throws AppError invalid_request naming a field, other_company; those of `receiveFile`,
 * `storeUpload` and `acceptCsv`
 */
export async function receiveForm<Schema extends FieldsSchema>({
  ctx,
  call: { request, principal, once },
  kind,
  schema,
  toAccept,
  answerOf,
}: {
  ctx: Context;
  call: { request: Request; principal: CompanyPrincipal; once: Once };
  /** Default: `revocations`. */
  kind?: BatchKind;
  schema: Schema;
  toAccept: (fields: z.output<Schema>) => ToAccept;
  answerOf: (batch: Batch) => Answer;
}): Promise<Answer> {
  const known = Object.keys(schema.shape);
  refuseUnknown(request.query, [], known);
  const { company, caller } = principal;
  const work = async (upload: IncomingUpload): Promise<Answer> => {
    const { taken: stored, fields } = await receiveFile(request, MAX_UPLOAD_BYTES, upload.take);
    refuseUnknown(fields, known, known);
    const given = parse(schema, fields) as z.output<Schema>;
    const { company_id } = given;
    if (company_id !== undefined && company_id !== company._id) {
      throw new AppError('other_company');
    }
    const what = toAccept(given);
    // A repeat is answered without running this; its file is surplus and gets discarded.
    return once({ sha256: stored.sha256, ...orNull(what) }, (heldKey) =>
      madeOnce({
        ctx,
        heldKey,
        answerOf,
        change: (completion) => upload.accept({ stored, ...what, completion }),
      }),
    );
  };
  return receiveUpload({ ctx, companyId: company._id, caller, kind, work });
}

/** A key stands for the same request however what was left out is written. */
function orNull(given: object): object {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value ?? null]));
}

/**
 * A name that nobody reads may be a misspelt `dry_run`, and what follows cannot be undone.
 * @throws AppError invalid_request
 */
function refuseUnknown(given: object, allowed: string[], known: string[]): void {
  const unknown = Object.keys(given).find((name) => !allowed.includes(name));
  if (unknown === undefined) return;
  const fields = ['file', ...known].join(', ');
  throw invalid(unknown.slice(0, 100), `is not known; the fields of the form are ${fields}`);
}
