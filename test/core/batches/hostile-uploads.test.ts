import { gzipSync } from 'node:zlib';
import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import { MAX_UPLOAD_BYTES } from '../../../src/core/batches/store-upload';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { sized } from '../../helpers/soak';
import { stored, upload } from '../../http/econsent/csv-scene';

const EMAIL = 'ann@example.com';
const NOT_TEXT = 'must be a text file (CSV)';
const NO_COLUMN =
  'the header must name a column email, mobile, email_sha256, mobile_sha256 or certificate_id';
const TOO_LONG = 'the header must not be longer than 64 KiB';
const MEBIBYTE = 1024 * 1024;
/** In the soak as large as a file may be, which may take long on a slow machine. */
const LONG_LINE_BYTES = sized({ suite: 64 * MEBIBYTE, soak: MAX_UPLOAD_BYTES });
const LONG_LINE_MS = 600_000;

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  await makeCertificate(service.ctx, company, { email: EMAIL });
});
afterAll(() => service.close());

const zipped = Buffer.concat([
  Buffer.from('PK\u0003\u0004\u0014\u0000'),
  gzipSync('email\n'.repeat(1_000_000)),
]);

test.each<[string, string | Buffer, string]>([
  ['a zip bomb under another name', zipped, NOT_TEXT],
  ['a gzip', gzipSync(`email\n${EMAIL}`), NOT_TEXT],
  ['a PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), NOT_TEXT],
  ['NUL bytes in the header', 'em\u0000ail\nx', NOT_TEXT],
  ['an empty file', '', 'must not be empty'],
  ['a page of HTML', '<!doctype html><title>Sign in</title>', NO_COLUMN],
  ['a header of one endless line', Buffer.alloc(MEBIBYTE, 'x'), TOO_LONG],
  ['10,000 unknown columns', 'c,'.repeat(10_000), NO_COLUMN],
  ['10,000 columns of emails', 'email,'.repeat(10_000), 'more than 20 columns to be used'],
  ['a __proto__ header alone', '__proto__,constructor\na,b', NO_COLUMN],
])('%s is refused at once, and nothing is kept', async (_what, file, message) => {
  const reply = await upload(service, company, { file });
  expect(reply.status).toBe(400);
  const [detail] = (reply.body as { details: { path: string; message: string }[] }).details;
  expect(detail?.path).toBe('file');
  expect(detail?.message).toContain(message);
  expect((await stored(service.ctx)).batches.filter(isOurs)).toEqual([]);
});

/** A file of this many bytes: one line between two texts, held once however long it is. */
function fileOf(bytes: number, before: string, after: string): Blob {
  const piece = new Blob([Buffer.alloc(MEBIBYTE, 'x')]);
  const between = bytes - before.length - after.length;
  const pieces = Array<Blob>(Math.floor(between / MEBIBYTE)).fill(piece);
  return new Blob([before, ...pieces, piece.slice(0, between % MEBIBYTE), after]);
}

const isOurs = (batch: { company_id: string }): boolean => batch.company_id === company.id;
const columns = Array.from({ length: 9_000 }, (_, i) => `c${String(i)}`).join(',');

test.each<[string, string | Buffer | Blob, Record<string, number>]>([
  ['a header only', 'email', {}],
  [
    'NUL bytes far into the file',
    `certificate_id,email\n${',nobody@example.com\n'.repeat(4_000)}\u0000,\n,${EMAIL}\n`,
    { not_found: 4_000, invalid: 1, revoked: 1 },
  ],
  [
    `a line that makes a file of ${LONG_LINE_BYTES / MEBIBYTE} MiB`,
    fileOf(LONG_LINE_BYTES, 'email\n', `\n${EMAIL}`),
    { invalid: 1, revoked: 1 },
  ],
  [
    'a quote that is never closed',
    `email\n"open\n${'nobody@example.com\n'.repeat(9_000)}${EMAIL}\n`,
    { invalid: 1, not_found: 9_000, revoked: 1 },
  ],
  ['9,000 columns', `${columns},email\n${','.repeat(9_000)}${EMAIL}\n`, { revoked: 1 }],
  [
    'formulas in cells',
    `email\n=HYPERLINK("http://x";"y")\n@SUM(1)\n+1\n-1\n'=${EMAIL}\n${EMAIL}\n`,
    // What a spreadsheet puts before an address is taken off.
    { invalid: 4, revoked: 1, duplicate: 1 },
  ],
  [
    'columns and cells called __proto__',
    `__proto__,email,constructor\nx,__proto__,y\n__proto__,${EMAIL},z\n`,
    { invalid: 1, revoked: 1 },
  ],
  [
    'more errors in the rows of a step than one document holds',
    `email,phone,mobile\n${`${Array(3).fill('語'.repeat(320)).join(',')}\n`.repeat(16_000)}${EMAIL},,\n`,
    { invalid: 16_000, revoked: 1 },
  ],
  [
    'operators of the database',
    `email\n{"$gt":""}\n$where@x\n${EMAIL}`,
    { invalid: 1, not_found: 1, revoked: 1 },
  ],
  ['rows of any length', `email,x\n\n,,,,,,\n${EMAIL}\nx@y,1,2,3\n`, { revoked: 1, not_found: 1 }],
  [
    'half characters of UTF-16',
    Buffer.from(`\ufeffemail\n\ud800@x\n${EMAIL}\n`, 'utf16le'),
    { not_found: 1, revoked: 1 },
  ],
  [
    'bytes that are not UTF-8',
    Buffer.from(`email\n\xff\xfe@x\n${EMAIL}\n`, 'latin1'),
    { not_found: 1, revoked: 1 },
  ],
  [
    'an email of 10,000 characters',
    `email\n${'x'.repeat(10_000)}@x\n${EMAIL}`,
    { invalid: 1, revoked: 1 },
  ],
])(
  '%s is processed as far as possible, and the rest is counted',
  async (_what, file, expected) => {
    const reply = await upload(service, company, { file });
    expect(reply.status).toBe(202);
    const { batch_id: batchId, status_url } = reply.body as {
      batch_id: string;
      status_url: string;
    };
    const { signal } = new AbortController();
    expect(await runCsvBatch({ ctx: service.ctx, batchId, signal })).toBe('completed');
    const { body } = await service.get(status_url, { token: company.token });
    const { revoked, already_revoked, not_found, invalid, duplicate, rows_read } = body;
    const counts = { revoked, already_revoked, not_found, invalid, duplicate };
    const zeroes = { revoked: 0, already_revoked: 0, not_found: 0, invalid: 0, duplicate: 0 };
    expect(counts).toEqual({ ...zeroes, ...expected });
    expect(rows_read).toBe(Object.values(expected).reduce((a, b) => a + b, 0));

    const errors = await service.get(`${status_url}/errors.csv`, { token: company.token });
    const cells = (errors.body as string).split(/[\n,]/).map((cell) => cell.replace(/^"/, ''));
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
  },
  LONG_LINE_MS,
);
