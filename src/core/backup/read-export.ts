import { createHash, type Hash } from 'node:crypto';
import type { z } from 'zod';
import {
  consentRevocationLine,
  type ContentLine,
  headerLine,
  revocationLine,
  suppressionLine,
  trailerLine,
} from './export-format';

/** More than a request that names 10,000 certificates needs. */
const LINE_LIMIT_BYTES = 32 * 1024 * 1024;
const LINE_FEED = 0x0a;

/** The file is not an export, is not complete, or was changed; the message names the line. */
export class ExportDamaged extends Error {}

/** How much an export has: requests, what they revoked, and remembered opt-outs. */
interface Counts {
  revocations: number;
  certificates: number;
  /** Of the Attestr and Baanx dialects, across all regions. */
  consent_revocations: number;
  consents: number;
  suppressions: number;
}

const COUNTED = [
  'revocations',
  'certificates',
  'consent_revocations',
  'consents',
  'suppressions',
] as const;

/** What an export says about itself, once its checksum and counts have been verified. */
export interface CheckedExport extends Counts {
  companyId: string;
  exportedAt: Date;
}

/** A line of an export and its number. */
export interface Numbered<Line> {
  number: number;
  line: Line;
}

/**
 * Verifies an export by reading it to its end; nothing else is done.
 * @throws ExportDamaged
 */
export async function checkExport(source: AsyncIterable<Uint8Array>): Promise<CheckedExport> {
  const digest = createHash('sha256');
  const count = Object.fromEntries(COUNTED.map((name) => [name, 0])) as Record<
    keyof Counts,
    number
  >;
  let header: z.output<typeof headerLine> | null = null;
  let trailer: z.output<typeof trailerLine> | null = null;
  for await (const { number, bytes } of exportLines(source)) {
    if (trailer) throw new ExportDamaged(`line ${String(number)}: there is more after the end`);
    const value = parseJson(number, bytes);
    if (!header) {
      header = parse(number, headerLine, value);
    } else if (isTrailer(value)) {
      trailer = parse(number, trailerLine, value);
      checkTrailer(number, trailer, count, digest);
      continue;
    } else {
      addTo(count, parseContent(number, value));
    }
    digest.update(bytes).update('\n');
  }
  if (!header) throw new ExportDamaged('line 1: there is no header');
  if (!trailer) throw new ExportDamaged('the file is truncated: its last line is missing');
  return { companyId: header.company_id, exportedAt: header.exported_at, ...count };
}

/** The content of an export that has already been checked. */
export async function* readContent(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Numbered<ContentLine>> {
  let header = true;
  for await (const { number, bytes } of exportLines(source)) {
    if (header) {
      header = false;
      continue;
    }
    const value = parseJson(number, bytes);
    if (isTrailer(value)) return;
    yield { number, line: parseContent(number, value) };
  }
}

function parseContent(number: number, value: unknown): ContentLine {
  return parse<z.ZodType<ContentLine>>(number, schemaOf(value), value);
}

function schemaOf(value: unknown): z.ZodType<ContentLine> {
  if (has(value, 'suppression')) return suppressionLine;
  return has(value, 'consent_revocation_id') ? consentRevocationLine : revocationLine;
}

function addTo(count: Counts, line: ContentLine): void {
  if ('suppression' in line) {
    count.suppressions += 1;
  } else if ('consents' in line) {
    count.consent_revocations += 1;
    count.consents += line.consents.length;
  } else {
    count.revocations += 1;
    count.certificates += line.certificates.length;
  }
}

function isTrailer(value: unknown): boolean {
  return has(value, 'end');
}

function has(value: unknown, field: string): boolean {
  return typeof value === 'object' && value !== null && field in value;
}

function checkTrailer(
  number: number,
  trailer: z.output<typeof trailerLine>,
  count: Counts,
  digest: Hash,
): void {
  if (trailer.sha256 !== digest.copy().digest('hex')) {
    throw new ExportDamaged(
      `line ${String(number)}: the checksum does not fit: the file was changed`,
    );
  }
  if (COUNTED.some((name) => trailer[name] !== count[name])) {
    throw new ExportDamaged(`line ${String(number)}: the counts do not fit: lines are missing`);
  }
}

function parseJson(number: number, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    throw new ExportDamaged(`line ${String(number)}: it is not JSON`);
  }
}

function parse<S extends z.ZodType>(number: number, schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.');
  throw new ExportDamaged(`line ${String(number)}: ${field ? `${field} is wrong` : 'it is wrong'}`);
}

/** The lines from the header on, without what `npm run` prints about its command before it. */
async function* exportLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let begun = false;
  for await (const line of readLines(source)) {
    begun ||= line.bytes.length > 0 && !line.bytes.toString('utf8').startsWith('> ');
    if (begun) yield line;
  }
}

interface Line {
  number: number;
  bytes: Buffer;
}

/** Lines without their line feed, split by bytes: JSON may contain any other kind of line break. */
async function* readLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let number = 1;
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const data of source) {
    const chunk = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      yield { number, bytes: Buffer.concat([...begun, chunk.subarray(from, at)]) };
      number += 1;
      begun = [];
      begunBytes = 0;
      from = at + 1;
    }
    begun.push(chunk.subarray(from));
    begunBytes += chunk.length - from;
    if (begunBytes > LINE_LIMIT_BYTES) {
      throw new ExportDamaged(`line ${String(number)}: it is too long`);
    }
  }
  if (begunBytes > 0) throw new ExportDamaged(`line ${String(number)}: it is cut off`);
}
