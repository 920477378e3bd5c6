import type { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import multer, { MulterError, type StorageEngine } from 'multer';
import { AppError, invalid } from '../errors';
import { allowLongBody } from './body-deadline';

const MAX_FIELDS = 10;
/** 1,000 characters of four bytes each, and some room. */
const MAX_FIELD_BYTES = 8 * 1024;
/** Everything around the file: fields, headers, boundaries. */
const MAX_AROUND_BYTES = 1024 * 1024;
const FILE_FIELD = 'file';

/** The fields that came with the file; nothing in them has been checked. */
type Fields = Record<string, unknown>;

/**
 * Reads a multipart body with one file, in the field `file`, within the deadline of an upload. It is
 * refused as soon as something is wrong, not when all of the body has arrived.
 * @param maxFileBytes bytes of the file, without what is around it
 * @param take gets the file as it streams in, and its name; it has settled when this resolves or throws
 * @throws AppError multipart_required, payload_too_large, invalid_request; whatever `take` throws
 */
export async function receiveFile<Taken>(
  request: Request,
  maxFileBytes: number,
  take: (file: Readable, name: string) => Promise<Taken>,
): Promise<{ taken: Taken; fields: Fields }> {
  if (!request.is('multipart/form-data')) throw new AppError('multipart_required');
  const maxBytes = maxFileBytes + MAX_AROUND_BYTES;
  if (Number(request.get('content-length')) > maxBytes) throw new AppError('payload_too_large');
  allowLongBody(request);
  let taking: Promise<Taken> | undefined;
  const begin = (file: Readable, name: string): Promise<Taken> => (taking = take(file, name));
  try {
    await Promise.race([endsWithin(request, maxBytes), parse(request, maxFileBytes, begin)]);
  } catch (error) {
    const failure = await taking?.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    // A refused file is no longer read, and multer may complain of that before `take` throws.
    throw failure instanceof AppError ? failure : error;
  }
  if (!taking) throw invalid(FILE_FIELD, 'is required: send the CSV as a file in this field');
  return { taken: await taking, fields: request.body as Fields };
}

/** Rejects when the body is too long; never resolves. */
function endsWithin(request: Request, maxBytes: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) reject(new AppError('payload_too_large'));
    });
  });
}

function parse(
  request: Request,
  maxFileBytes: number,
  take: (file: Readable, name: string) => Promise<unknown>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // Rejecting here answers at once; multer reports an error only after the whole body.
    const storage: StorageEngine = {
      _handleFile: (_request, { stream, originalname }, done) => {
        const failed = (error: Error): void => {
          reject(error);
          done(error);
        };
        take(stream, originalname).then(
          () => {
            done(null, {});
          },
          (error: unknown) => {
            failed(error as Error);
          },
        );
      },
      _removeFile: (_request, _file, done) => {
        done(null);
      },
    };
    const middleware = multer({
      storage,
      limits: limits(maxFileBytes),
      // As browsers send names.
      defParamCharset: 'utf8',
      fileFilter: (_request, { fieldname }, accept) => {
        const expected = fieldname === FILE_FIELD;
        if (!expected) reject(invalid(FILE_FIELD, 'is the only field that takes a file'));
        accept(null, expected);
      },
    }).any();
    middleware(request, request.res as Response, (error: unknown) => {
      if (error) reject(toRefusal(error));
      else resolve();
    });
  });
}

function limits(fileSize: number): NonNullable<multer.Options['limits']> {
  return {
    files: 1,
    fileSize,
    fields: MAX_FIELDS,
    fieldSize: MAX_FIELD_BYTES,
    fieldNameSize: 100,
    fieldNestingDepth: 0,
    fieldArrayIndexLimit: 0,
    parts: MAX_FIELDS + 1,
    headerPairs: 20,
  };
}

/** Multer's errors are about the body only; those of the file have been rejected before. */
function toRefusal(error: unknown): AppError {
  if (!(error instanceof MulterError))
    return invalid('body', 'must be complete multipart/form-data');
  if (error.code === 'LIMIT_FILE_SIZE') return new AppError('payload_too_large');
  if (error.code === 'LIMIT_FILE_COUNT') return invalid(FILE_FIELD, 'must be one file');
  return invalid('body', 'has too many fields, one that is too long, or one with a bad name');
}
