import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { truncateSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Display } from '../../scripts/csv-files/display';
import { program } from '../helpers/program';
import { until } from '../helpers/until';
import { runScript } from './run-script';
import { BATCH_ID, batchView, csv, json, lose, type StandIn, startStandIn, take } from './stand-in';

const BATCH = `/revocations/batches/${BATCH_ID}`;
const ERRORS = 'line,column,value,reason\r\n3,email,none@example.com,not_found\r\n';
const HEADER_ONLY = 'line,column,value,reason\r\n';

let service: StandIn;
let folder: string;
let file: string;

beforeEach(async () => {
  service = await startStandIn();
  service.answers.set(BATCH, [json(200, batchView())]);
  service.answers.set(`${BATCH}/errors.csv`, [csv(ERRORS)]);
  folder = await mkdtemp(path.join(tmpdir(), 'rescind-test-'));
  file = path.join(folder, 'people.csv');
  await writeFile(file, 'email\njo@example.com\n');
});
afterEach(async () => {
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

const host = () => new URL(service.url).host;
const cli = (args: string[], env: Record<string, string> = { RESCIND_TOKEN: 'tok-1' }) =>
  runScript('revoke-csv', ['--url', service.url, ...args], env);

test('uploads, follows, prints the counts and saves what was not revoked', async () => {
  service.answers.set(BATCH, [
    json(200, batchView({ state: 'revoking', rows_read: 4, rows_total: 9, seconds_left: 5 })),
    json(200, batchView()),
  ]);
  const text = `email\n${'jo@example.com\n'.repeat(300_000)}`;
  await writeFile(file, text);
  const ended = await cli([file, '--dry-run', '--reason', 'campagne terminée']);
  expect(ended.code).toBe(0);
  expect(service.uploads).toEqual([
    {
      fields: { dry_run: 'true', reason: 'campagne terminée' },
      filename: 'people.csv',
      bytes: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      token: 'Bearer tok-1',
      key: expect.stringMatching(/^[\w-]{36}$/) as string,
    },
  ]);
  expect(ended.stdout).toMatch(/^completed bat_standin\nrows read +10\n +revoked +7\n/);
  expect(ended.stdout).toContain(`what would not be revoked: ${file}.errors.csv\n`);
  expect(await readFile(`${file}.errors.csv`, 'utf8')).toBe(ERRORS);
  expect(ended.stderr).toMatch(/uploading \[#{24}\] 100% 4.3 of 4.3 MiB\nbatch bat_standin\n/);
  expect(ended.stderr).toMatch(/revoking \[#+\.+\] +44% 4 of 9 rows 5 s left\n/);
  expect(ended.stdout + ended.stderr).not.toContain('tok-1');
});

test('saves no file when every row was revoked', async () => {
  service.answers.set(`${BATCH}/errors.csv`, [csv(HEADER_ONLY)]);
  const ended = await cli([file, '--errors', path.join(folder, 'left.csv')]);
  expect(ended).toMatchObject({ code: 0 });
  expect(await readdir(folder)).toEqual(['people.csv']);
});

test('an empty file, and a name with quotes and line breaks, arrive as they are', async () => {
  const odd = path.join(folder, 'a "b"\nc.csv');
  await writeFile(odd, '');
  expect(await cli([odd])).toMatchObject({ code: 0 });
  expect(service.uploads).toMatchObject([{ bytes: 0, filename: 'a "b"\nc.csv' }]);
});

test('tells a wrong token before the file is sent', async () => {
  let read = 0;
  service.onUpload = (request, response) => {
    request.on('data', (chunk: Buffer) => (read += chunk.length));
    json(401, { status: 401, error: 'Invalid credentials or token' })(request, response);
  };
  await writeFile(file, Buffer.alloc(20_000_000, 'x'));
  const ended = await cli([file]);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toBe(`rescind: ${host()}: Invalid credentials or token (401)\n`);
  expect(read).toBe(0);
});

test('tells a refusal that comes in the middle of the upload, with its details', async () => {
  service.onUpload = (request, response) => {
    response.writeContinue();
    request.once('data', () => {
      const details = [{ path: 'file', message: 'must be a text file (CSV)' }];
      json(400, { status: 400, error: 'The request is not valid', details })(request, response);
    });
  };
  await writeFile(file, Buffer.alloc(50_000_000, 'x'));
  const ended = await cli([file]);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(
    `rescind: ${host()}: The request is not valid: file must be a text file (CSV) (400)\n`,
  );
});

test('an upload whose connection is lost is made again under the same key', async () => {
  const keys: unknown[] = [];
  service.onUpload = (request, response) => {
    keys.push(request.headers['idempotency-key']);
    if (keys.length === 1) request.socket.destroy();
    else take(service, request, response);
  };
  expect(await cli([file])).toMatchObject({ code: 0 });
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
});

test('a file that cannot be read to its end is told as that, and not sent again', async () => {
  const unreadable = await cli([folder]);
  expect(unreadable).toMatchObject({ code: 1, stdout: '' });
  expect(unreadable.stderr).toBe(`rescind: ${folder}: it is a folder\n`);
  let tries = 0;
  service.onUpload = (request, response) => {
    tries += 1;
    truncateSync(file, 10);
    take(service, request, response);
  };
  const shrunk = await cli([file]);
  expect(shrunk).toMatchObject({ code: 1, stdout: '' });
  expect(shrunk.stderr).toContain(`rescind: ${file} has become shorter while it was sent\n`);
  expect([tries, service.uploads]).toEqual([1, []]);
});

test('goes on following while the service is away', async () => {
  const answers = [lose, json(503, { status: 503, error: 'away' }), json(200, batchView())];
  service.answers.set(BATCH, answers);
  service.answers.set(`${BATCH}/errors.csv`, [lose, csv(ERRORS)]);
  const ended = await cli([file]);
  expect(ended).toMatchObject({ code: 0 });
  expect(ended.stderr).toContain(`${host()} does not answer, trying again\n`);
  expect(ended.stderr).toContain(`${host()} answers 503, trying again\n`);
  expect(await readFile(`${file}.errors.csv`, 'utf8')).toBe(ERRORS);
  expect(ended.stdout).toContain(`what was not revoked: ${file}.errors.csv\n`);
  expect(ended.stderr).toContain('100% 0.0 of 0.0 KiB\n');
});

test('exits 1 when the batch fails', async () => {
  service.answers.set(BATCH, [json(200, batchView({ state: 'failed', error: 'file_damaged' }))]);
  const ended = await cli([file]);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('rescind: the batch has failed: file_damaged\n');
});

test('Ctrl-C tells how to follow on, and following on works', async () => {
  service.answers.set(BATCH, [json(200, batchView({ state: 'revoking', rows_total: null }))]);
  const [node, ...args] = program('scripts/revoke-csv.ts', file, '--url', service.url);
  const child = spawn(node, args, { env: { ...process.env, RESCIND_TOKEN: 'tok-1' } });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = new Promise((resolve) => child.once('close', resolve));
  await until('it follows', () => stderr.includes('revoking'));
  child.kill('SIGINT');
  expect(await code).toBe(130);
  expect(stderr).toContain('npm run revoke-csv -- --follow bat_standin\n');
  service.answers.set(BATCH, [json(200, batchView({ state: 'previewed' }))]);
  const errors = path.join(folder, 'errors.csv');
  const followed = await cli(['--follow', BATCH_ID, '--errors', errors]);
  expect(followed.code).toBe(0);
  expect(followed.stdout).toMatch(/^previewed bat_standin\n/);
  expect(await readdir(folder)).toContain('errors.csv');
  expect(service.uploads).toHaveLength(1);
});

test.each<[string, string[], RegExp]>([
  ['nothing to upload', [], /a FILE, or --follow, is required/],
  ['two files', ['a.csv', 'b.csv'], /one FILE at a time/],
  ['a file and a batch', ['a.csv', '--follow', 'bat_1'], /a FILE, or --follow, is required/],
  ['an unknown option', ['a.csv', '--fast'], /Unknown option '--fast'/],
  ['another protocol', ['a.csv', '--url', 'ftp://x'], /--url must start with/],
])('%s is wrong use', async (_, args, message) => {
  const ended = await cli(args);
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toMatch(message);
  expect(ended.stderr).toContain('Usage: npm run revoke-csv');
});

test('needs a token, and warns of one on the command line in its help', async () => {
  expect((await cli([file], { RESCIND_TOKEN: '' })).stderr).toContain('RESCIND_TOKEN, or --token');
  const help = await cli(['--help']);
  expect(help.code).toBe(0);
  expect(help.stdout).toContain('others on this machine can see a token');
  const missing = await cli([path.join(folder, 'none.csv')]);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toBe(
    `rescind: ${path.join(folder, 'none.csv')}: there is no such file or folder\n`,
  );
  const errors = path.join(folder, 'none', 'errors.csv');
  const unsaved = await cli([file, '--errors', errors]);
  expect(unsaved.stderr).toContain(`rescind: ${errors}.partial: there is no such file or folder\n`);
  const away = await cli([file, '--url', 'http://127.0.0.1:1']);
  expect(away.stderr).toContain('rescind: 127.0.0.1:1 does not answer');
});

test.each([
  ['--dry-run', { npm_config_dry_run: 'true' }, 'true'],
  ['--no-dry-run', { npm_config_dry_run: 'false' }, undefined],
])('honours %s that npm took for its own', async (_option, taken, dry_run) => {
  expect(await cli([file], { RESCIND_TOKEN: 'tok-1', ...taken })).toMatchObject({ code: 0 });
  expect(service.uploads[0]?.fields).toEqual(dry_run === undefined ? {} : { dry_run });
});

test('takes the service and the other options from npm and the environment, too', async () => {
  const env = { RESCIND_TOKEN: 'tok-1', RESCIND_URL: service.url, npm_config_reason: 'over' };
  expect(await runScript('revoke-csv', [file], env)).toMatchObject({ code: 0 });
  expect(service.uploads).toMatchObject([{ fields: { reason: 'over' }, token: 'Bearer tok-1' }]);
  const lost = await runScript('revoke-csv', [file], { ...env, npm_config_reason: 'true' });
  expect(lost.code).toBe(2);
  expect(lost.stderr).toContain('npm took --reason for its own: write -- before the FILE');
  const wrong = await runScript('revoke-csv', [file], { ...env, RESCIND_URL: 'localhost' });
  expect(wrong.stderr).toContain('and so must RESCIND_URL');
});

test('a dry run says what would be revoked, with its columns and warnings', async () => {
  const more = {
    columns_used: [{ name: 'E-Mail', kind: 'email' }],
    columns_ignored: ['Name', 'a\u001b[2Jb'],
    warnings: [{ code: 'few_matches', message: 'None of 10 rows match' }],
  };
  const view = batchView({ state: 'previewed', dry_run: true, ...more });
  service.answers.set(BATCH, [json(200, view)]);
  const { stdout } = await cli([file, '--dry-run']);
  expect(stdout).toMatch(/rows read +10\n +would be revoked +7\n/);
  expect(stdout).toMatch(/certificates to revoke +8\n/);
  expect(stdout).not.toMatch(/^ +revoked|certificates revoked/m);
  expect(stdout).toContain('columns used: E-Mail\ncolumns not used: Name, a [2Jb\n');
  expect(stdout).toContain('WARNING: None of 10 rows match\n');
});

test('a terminal has one line that is redrawn and fits', () => {
  const written: string[] = [];
  const screen = { isTTY: true, columns: 40, write: (text: string) => written.push(text) };
  const display = new Display(screen);
  display.uploading(1_000_000, 4_000_000);
  display.following(batchView({ state: 'revoking', rows_read: 5, rows_per_second: 12_000 }), '');
  display.following(null, 'the service does not answer');
  display.end();
  expect(written.map((text) => text.replace('\r\u001b[K', '~'))).toEqual([
    '~uploading [######..................]  2',
    '~revoking [############............]  50',
    '~the service does not answer, trying aga',
    '\n',
  ]);
});

test('without a terminal there is a line for each change and one now and then', () => {
  const written: string[] = [];
  let at = 0;
  const display = new Display({ write: (text: string) => written.push(text) }, () => at);
  for (; at < 12_000; at += 1_000) display.uploading(at, 20_000);
  display.following(batchView({ state: 'queued', rows_total: null, rows_read: 0 }), '');
  display.end();
  expect(written).toHaveLength(4);
  expect(written.at(-1)).toBe('queued 0 of ? rows\n');
});
