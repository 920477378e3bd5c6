import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startConsumers } from '../../workers/consumers';
import { makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { runScript } from './run-script';

let service: Service;
let consumers: ReturnType<typeof startConsumers>;
let company: TestCompany;
let folder: string;
let file: string;

beforeAll(async () => {
  service = await startService();
  consumers = startConsumers(service.ctx);
});
afterAll(async () => {
  await consumers.close(5_000);
  await service.close();
});
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  folder = await mkdtemp(path.join(tmpdir(), 'rescind-test-'));
  file = path.join(folder, 'people.csv');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const cli = (...args: string[]) =>
  runScript('revoke-csv', [file, '--url', service.url, ...args], { RESCIND_TOKEN: company.token });
const isRevoked = async (id: string) =>
  (await service.ctx.store.certificates.find(company.id, id))?.opt_out.revoke;

test('a dry run previews, then the file is revoked, and what was not is saved', async () => {
  const { id } = await makeCertificate(service.ctx, company, { email: 'jo@example.com' });
  const other = await makeCertificate(service.ctx, company);
  const rows = ['jo@example.com,', 'none@example.com,', `,${other.id}`, 'no-email,'];
  await writeFile(file, ['E-Mail,Certificate ID', ...rows, ''].join('\n'));
  const preview = await cli('--dry-run');
  expect(preview.code).toBe(0);
  expect(preview.stdout).toMatch(/^previewed bat_[\w-]+\nrows read +4\n +would be revoked +2\n/);
  expect(preview.stdout).toContain('columns used: E-Mail, Certificate ID\n');
  expect(await isRevoked(id)).toBe(false);

  const ended = await cli('--reason', 'campaign over');
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/^completed bat_[\w-]+\nrows read +4\n +revoked +2\n/);
  expect(ended.stdout).toMatch(/not found +1\n +invalid +1\n/);
  expect(await isRevoked(id)).toBe(true);
  expect(await isRevoked(other.id)).toBe(true);
  const errors = (await readFile(`${file}.errors.csv`, 'utf8')).trim().split(/\r?\n/);
  expect(errors).toEqual([
    'line,column,value,reason',
    '3,E-Mail,none@example.com,not_found',
    '5,E-Mail,no-email,invalid_email',
  ]);
  const { entries } = (await service.get('/audit?action=certificate.revoked', company)).body;
  expect(entries).toMatchObject([{ method: 'csv', reason: 'campaign over' }]);
});

test('rows opt out of the channels that are given, or that they say', async () => {
  const { id } = await makeCertificate(service.ctx, company, { email: 'jo@example.com' });
  const other = await makeCertificate(service.ctx, company, { email: 'ann@example.com' });
  await writeFile(file, 'email,channels\njo@example.com,\nann@example.com,email sms\n');
  const wrong = await cli('--channels', 'fax');
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toMatch(/: channels must name call, text or email/);
  const ended = await cli('--channels', 'call');
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/\nfor some channels only +2\n/);
  expect(ended.stdout).toContain('columns used: email, channels\n');
  const channelsOf = async (of: string) =>
    (await service.ctx.store.certificates.find(company.id, of))?.opt_out.channels;
  expect(await channelsOf(id)).toEqual(['call']);
  expect(await channelsOf(other.id)).toEqual(['text', 'email']);
});

test('a file of which every row is revoked leaves no errors behind', async () => {
  const { id } = await makeCertificate(service.ctx, company);
  await writeFile(file, `certificate_id\n${id}\n`);
  expect(await cli()).toMatchObject({ code: 0 });
  expect(await readdir(folder)).toEqual(['people.csv']);
});

test("prints the service's own refusal", async () => {
  await writeFile(file, 'name\njo\n');
  const ended = await cli();
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(
    /rescind: 127[^ ]+: .+: file .*mobile_sha256 or certificate_id.* \(400\)\n/,
  );
  const { stderr } = await runScript('revoke-csv', [file, '--url', service.url], {
    RESCIND_TOKEN: 'rescind_tok_wrong',
  });
  expect(stderr).toContain(
    `rescind: ${new URL(service.url).host}: Invalid credentials or token (401)\n`,
  );
});
