import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { createInspector } from '../../../../src/core/batches/csv/inspect';
import { SCRUB_COLUMNS } from '../../../../src/core/batches/scrub/scrub-columns';
import { complaint, encode, type Encoding, inspect } from './read-file';

const NO_COLUMN =
  'the header must name a column email, mobile, email_sha256, mobile_sha256 or certificate_id';
const NOT_TEXT = 'must be a text file (CSV)';

test('a file is described as it was uploaded', () => {
  const file = Buffer.from('\ufeffName;E-Mail Address;Phone Number\r\nÄnne;a@example.com;1\r\n');
  expect(inspect(file)).toEqual({
    bytes: file.length,
    sha256: createHash('sha256').update(file).digest('hex'),
    encoding: 'utf-8',
    delimiter: ';',
    columns: [
      { index: 1, kind: 'email', name: 'E-Mail Address' },
      { index: 2, kind: 'mobile', name: 'Phone Number' },
    ],
    ignored_columns: ['Name'],
    header_columns: 3,
    status_column: null,
    data: { offset: file.indexOf('\n') + 1, line: 2 },
  });
});

test.each([
  ...['channels', 'Channel', ' OPT-OUT CHANNELS', 'optOutChannels', 'unsubscribe_channels'],
  ...['Canales', 'canal', 'Canales de baja', 'ｃｈａｎｎｅｌｓ'],
])('a column %j says what rows opt out of', (name) => {
  const found = inspect(`email,${name},x\n`);
  expect(found.channels_column).toEqual({ index: 1, name: name.trim() });
  expect(found.columns).toHaveLength(1);
  expect(found.ignored_columns).toEqual(['x']);
  // It says nothing of whose they are.
  expect(complaint(`${name}\n`)).toBe(NO_COLUMN);
  expect(inspect(`recipient,${name}\n`).columns).toMatchObject([{ kind: 'email' }]);
});

test.each([
  'preferred channel',
  'contact channels',
  'consent_channel',
  'channel id',
  'Sales Channel',
])('a column %j does not', (name) => {
  const found = inspect(`email,${name}\n`);
  expect(found).not.toHaveProperty('channels_column');
  expect(found.ignored_columns).toEqual([name]);
});

test('two columns of channels are one too many, and of a scrub none is used', () => {
  const twice = 'the header must not name more than one column of channels';
  expect(complaint('email,channels,canal\n')).toBe(twice);
  const scrub = createInspector(SCRUB_COLUMNS);
  scrub.push(Buffer.from('email,channels,canal\n'));
  const found = scrub.finish();
  expect(found).not.toHaveProperty('channels_column');
  expect(found.ignored_columns).toEqual(['channels', 'canal']);
});

test.each(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as Encoding[])(
  'a %s file is recognized, however it is cut into chunks',
  (encoding) => {
    const file = encode('Prénom,email\r\né€,a@example.com', encoding);
    const header = encode('Prénom,email\r\n', encoding).length;
    const whole = inspect(file);
    expect(whole).toMatchObject({ encoding, data: { offset: header, line: 2 } });
    expect(whole.columns).toEqual([{ index: 1, kind: 'email', name: 'email' }]);
    for (let bytes = 1; bytes < file.length; bytes++) expect(inspect(file, bytes)).toEqual(whole);
  },
);

test('one byte at the end that is not UTF-8 makes a long file windows-1252', () => {
  const ascii = Buffer.from(`email\n${'a@example.com\n'.repeat(20_000)}`);
  expect(inspect(ascii).encoding).toBe('utf-8');
  expect(inspect(Buffer.concat([ascii, Buffer.from([0xe9])])).encoding).toBe('windows-1252');
  // The beginning of a character that is cut off, and a surrogate.
  for (const bytes of [
    [0xe2, 0x82],
    [0xed, 0xa0, 0x80],
  ]) {
    expect(inspect(Buffer.concat([ascii, Buffer.from(bytes)])).encoding).toBe('windows-1252');
  }
});

test('a byte order mark does not make a file UTF-8 that is not', () => {
  const file = Buffer.concat([Buffer.from('\ufeffemail\n'), Buffer.from([0xe9, 0x0a])]);
  expect(inspect(file)).toMatchObject({ encoding: 'windows-1252', data: { offset: 9, line: 2 } });
});

test.each([
  ['email', ['Email', 'e-mail', 'E-Mail Address', ' email_address ', '"EMAIL"', 'ｅｍａｉｌ']],
  ['mobile', ['Mobile', 'Mobile Number', 'mobile_phone', 'Phone', 'Phone Number', 'cell']],
  ['mobile', ['Telephone', 'mobilePhoneNumber', 'MSISDN', 'Phone #']],
  ['email', ['E-mail 1 - Value', 'Primary Email', 'Work E-mail', 'email2', 'Correo electrónico']],
  ['email', ['address', 'Recipient', 'Customer Email Address', 'contact_email']],
  ['mobile', ['Primary Phone', 'Home Phone', 'Phone 1 - Value', 'Business Phone 2', 'Teléfono']],
  ['mobile', ['Customer Mobile Number', 'Phone (Mobile)', 'workPhone']],
  ['certificate_id', ['Consent Certificate ID', 'certificateID']],
  [
    'email_sha256',
    ['email_sha256', 'Email SHA256', 'sha256_email', 'emailSha256', 'E-Mail SHA-256'],
  ],
  [
    'email_sha256',
    ['Email address (SHA256, hex)', 'SHA256 hashed email', 'Primary Email 2 sha 256'],
  ],
  [
    'mobile_sha256',
    ['mobile_sha256', 'Phone SHA-256', 'SHA256(phone number) base64', 'ＳＨＡ256 phone'],
  ],
  ['certificate_id', ['certificate_id', 'Certificate ID', 'certificateId', 'Certificate']],
])('a column %s in many spellings', (kind, spellings) => {
  for (const name of spellings) {
    expect(inspect(`id,${name}\n`).columns).toMatchObject([{ index: 1, kind }]);
  }
});

test('hashes of another kind, and of ids, are not used', () => {
  const others = ['email_md5', 'sha1 email', 'email hash', 'sha256', 'certificate_id_sha256'];
  expect(complaint(`${others.join(',')}\n`)).toBe(NO_COLUMN);
});

test('names that mean something to JavaScript are columns like any others', () => {
  expect(inspect('__proto__,constructor,toString,email\n').columns).toEqual([
    { index: 3, kind: 'email', name: 'email' },
  ]);
  expect(complaint('__proto__,constructor,hasOwnProperty\nx,y,z\n')).toBe(NO_COLUMN);
});

test.each([
  ['email,mobile', ','],
  ['email;mobile', ';'],
  ['email\tmobile', '\t'],
  ['email', ','],
  ['email;;;', ';'],
  ['email;name,first;x', ';'],
  ['email,"Name; first; last; middle"', ','],
  ['"a,b";"email"', ';'],
  ['comment;a;b,email,mobile', ','],
])('the header %j is delimited by %j', (header, delimiter) => {
  expect(inspect(`${header}\n`).delimiter).toBe(delimiter);
});

test('a header may have line breaks in quotes, follow blank lines, and be all there is', () => {
  expect(inspect('"Full\r\nname",email\r\nx,y').data).toEqual({ offset: 20, line: 3 });
  expect(inspect('\r\n\n  \nemail\rx').data).toEqual({ offset: 12, line: 5 });
  expect(inspect('email').data).toEqual({ offset: 5, line: 2 });
});

test('a column that may be a postal address is used only where nothing else is', () => {
  expect(inspect('Name,Address\n').columns).toEqual([{ index: 1, kind: 'email', name: 'Address' }]);
  for (const other of ['email', 'Phone', 'certificate_id']) {
    const { columns, ignored_columns } = inspect(`Name,Address,${other}\n`);
    expect(columns).toMatchObject([{ index: 2 }]);
    expect(ignored_columns).toEqual(['Name', 'Address']);
  }
});

test.each(['utf-8', 'utf-16le'] as Encoding[])(
  'a first line sep= names the delimiter: %s',
  (how) => {
    for (const [named, delimiter] of [
      ['sep=;', ';'],
      ['"sep=;"', ';'],
      ['SEP=\t', '\t'],
      ['sep=,', ','],
    ] as const) {
      const header = `${named}\r\nemail${delimiter}a,b;c\td\r\n`;
      const file = encode(`${header}a@x.io`, how);
      const { data, ...format } = inspect(file);
      expect(format.delimiter).toBe(delimiter);
      expect(data).toEqual({ offset: encode(header, how).length, line: 3 });
    }
    expect(inspect(encode('sep=;\nemail;mobile\n', how)).columns).toHaveLength(2);
  },
);

test('a Ctrl-Z at the end is no reason to refuse, one elsewhere is', () => {
  expect(inspect('email\na@x.io\n\u001a').columns).toHaveLength(1);
  expect(inspect('email\na@x.io\u001a\r\n').columns).toHaveLength(1);
  expect(complaint('email\n\u001aa@x.io\n')).toBe(NOT_TEXT);
});

test('the first hundred names of columns that are not used are kept', () => {
  const others = Array.from({ length: 300 }, (_, index) => `c${index}`);
  const { ignored_columns } = inspect(`${others.join(',')},email,\n`);
  expect(ignored_columns).toEqual(others.slice(0, 100));
});

test('all columns of a kind are used, up to twenty', () => {
  expect(inspect('Phone,Name,Mobile Number\n').columns).toEqual([
    { index: 0, kind: 'mobile', name: 'Phone' },
    { index: 2, kind: 'mobile', name: 'Mobile Number' },
  ]);
  expect(complaint(`${'email,'.repeat(21)}\n`)).toBe(
    'the header must not name more than 20 columns to be used',
  );
});

test.each([
  ['nothing', '', 'must not be empty'],
  ['a byte order mark only', '\ufeff', 'must not be empty'],
  ['blank lines only', '\r\n \n\n', 'must not be empty'],
  ['no known column', 'name,city\na@example.com,x\n', NO_COLUMN],
  ['columns about a column', 'E-mail 1 - Type,Email Opt In,Phone Carrier,Fax\n', NO_COLUMN],
  ['a sep= that nobody reads', 'sep=|\nemail|name\n', /must name a comma, a semicolon or a tab/],
  ['no header', 'a@example.com\nb@example.com\n', NO_COLUMN],
  ['a quote in the header that is not closed', '"email,mobile\n', NO_COLUMN],
  ['a NUL', 'email\na\u0000b\n', NOT_TEXT],
  ['an escape character', 'email\n\u001b[2J\n', NOT_TEXT],
  ['UTF-16 without a mark', Buffer.from('email\n', 'utf16le'), NOT_TEXT],
  ['UTF-32', Buffer.from('fffe0000650000006d000000', 'hex'), NOT_TEXT],
  ['half a UTF-16 character', Buffer.from('\ufeffemail\nx', 'utf16le').subarray(0, -1), /middle/],
  ['a zip', Buffer.concat([Buffer.from('PK\u0003\u0004'), deflateRawSync('email\n')]), NOT_TEXT],
])('%s is refused', (_what, file, message) => {
  expect(complaint(file)).toEqual(
    typeof message === 'string' ? message : expect.stringMatching(message),
  );
});

test('tabs, form feeds and control characters after the first 64 KiB are no reason to refuse', () => {
  const long = `email\n\f\t\n${'a@example.com\n'.repeat(5_000)}`;
  expect(inspect(`${long}\u0000`).bytes).toBe(long.length + 1);
});

test('a file that cannot be used is refused while it is still coming in', () => {
  const chunk = Buffer.from('x'.repeat(40 * 1024));
  for (const [start, message] of [
    ['name\n', NO_COLUMN],
    ['email\n\u0000', NOT_TEXT],
    ['email,', 'the header must not be longer than 64 KiB'],
    ['email,"', 'the header must not be longer than 64 KiB'],
  ] as const) {
    const inspector = createInspector();
    inspector.push(Buffer.from(start));
    inspector.push(chunk);
    const details = [{ path: 'file', message }];
    expect(() => inspector.push(chunk)).toThrow(expect.objectContaining({ extra: { details } }));
  }
});

test('a header of 10,000 columns is read, with one right up to the limit', () => {
  const others = Array.from({ length: 9_999 }, (_, index) => `c${index}`).join(',');
  const file = `${others},email\n`;
  expect(inspect(file + 'x\n'.repeat(9_000)).columns).toEqual([
    { index: 9_999, kind: 'email', name: 'email' },
  ]);
  const limit = 64 * 1024;
  const header = `email,${'x'.repeat(limit - 8)}\n`;
  expect(inspect(header + '\n'.repeat(9)).data.offset).toBe(limit - 1);
  expect(complaint(`x${header}${'\n'.repeat(9)}`)).toBe(
    'the header must not be longer than 64 KiB',
  );
});

test('a header with a character that the limit cuts in two', () => {
  for (let shift = 0; shift < 4; shift++) {
    const file = `email,n\n${'y'.repeat(shift)}${'😀'.repeat(17_000)}\n`;
    expect(inspect(file)).toMatchObject({ encoding: 'utf-8', data: { offset: 8, line: 2 } });
  }
});

test('chunks are not kept, and may be overwritten', () => {
  const inspector = createInspector();
  const buffer = Buffer.alloc(4);
  const file = Buffer.from('naïve,email\n€,x\n');
  for (let at = 0; at < file.length; at += 3) {
    const length = file.copy(buffer, 0, at, at + 3);
    inspector.push(buffer.subarray(0, length));
    buffer.fill(0xff);
  }
  expect(inspector.finish()).toEqual(inspect(file));
});
