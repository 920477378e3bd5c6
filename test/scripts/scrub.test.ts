import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getWallet } from '../../src/core/wallet/get-wallet';
import { startConsumers } from '../../workers/consumers';
import { makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { inTerminal } from './in-terminal';
import { runScript } from './run-script';

const PRICE = 1_000;
const BALANCE = 10 * PRICE;

let service: Service;
let consumers: ReturnType<typeof startConsumers>;
let company: TestCompany;
let folder: string;
let file: string;
let certificateId: string;

beforeAll(async () => {
  service = await startService();
  consumers = startConsumers(service.ctx);
});
afterAll(async () => {
  await consumers.close(5_000);
  await service.close();
});
beforeEach(async () => {
  company = await makeCompany(service.ctx, { balanceMicrousd: BALANCE });
  certificateId = (await makeCertificate(service.ctx, company, { email: 'jo@example.com' })).id;
  folder = await mkdtemp(path.join(tmpdir(), 'rescind-test-'));
  file = path.join(folder, 'leads.csv');
  await writeFile(file, 'E-Mail,Name\njo@example.com,Jo\nnone@example.com,No\nno-email,X\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const env = () => ({ RESCIND_URL: service.url, RESCIND_TOKEN: company.token });
const cli = (...args: string[]) => runScript('scrub', args, env());
const wallet = () => getWallet({ ctx: service.ctx, companyId: company.id });
const states = async () => {
  const { scrubs } = (await service.get('/contact/scrubs', company)).body;
  return (scrubs as { state: string }[]).map(({ state }) => state);
};

test('a dry run tells the price, and what was uploaded is answered with --follow', async () => {
  const priced = await cli(file, '--dry-run', '--channel', 'text');
  expect(priced).toMatchObject({ code: 0 });
  expect(priced.stdout).toMatch(/^previewed scr_[\w-]+\nrows read +3\n +invalid, free +1\n/);
  expect(priced.stdout).toContain('price $0.002 for 2 rows\ncolumns used: E-Mail\n');
  expect(await readdir(folder)).toEqual(['leads.csv']);
  expect(await wallet()).toMatchObject({ balance_microusd: BALANCE, reserved_microusd: 0 });

  const id = /scr_[\w-]+/.exec(priced.stdout)?.[0] ?? '';
  const output = path.join(folder, 'out.csv');
  const ended = await cli('--follow', id, '--yes', '--output', output);
  expect(ended).toMatchObject({ code: 0 });
  expect(ended.stdout).toMatch(/completed scr_[\w-]+\nrows read +3\n +consented +1\n/);
  expect(ended.stdout).toContain(`paid $0.002\ncolumns used: E-Mail\ncolumns not used: Name\n`);
  const [header, jo, ...others] = (await readFile(output, 'utf8')).trim().split('\n');
  expect(header).toBe('E-Mail,Name,allowed,reason,certificate_id,consent_opt_in');
  expect(jo).toContain(`jo@example.com,Jo,true,consented,${certificateId},`);
  expect(others).toEqual(['none@example.com,No,false,no_consent,,', 'no-email,X,false,invalid,,']);
  expect(await wallet()).toMatchObject({ balance_microusd: BALANCE - 2 * PRICE });
});

test('in a terminal it asks with the price, and pays nothing without a yes', async () => {
  const question = `Pay $0.002 for 2 rows at ${new URL(service.url).host}? [y/N]`;
  const refused = await inTerminal('scrub', [file], { [question]: '\r' }, env());
  expect(refused.screen).toContain('Nothing has been answered or paid for.');
  expect([refused.code, await states()]).toEqual([1, ['cancelled']]);
  const agreed = await inTerminal('scrub', [file], { [question]: 'y\r' }, env());
  expect(agreed.screen).toContain(`result: ${file}.result.csv`);
  expect([agreed.code, await states()]).toEqual([0, ['completed', 'cancelled']]);
  expect(await wallet()).toMatchObject({ balance_microusd: BALANCE - 2 * PRICE });
});

test('where nobody can be asked it uploads nothing, unless it is told what to do', async () => {
  const ended = await cli(file);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('rescind: --yes, or --dry-run, is required');
  expect(await states()).toEqual([]);
  expect((await cli('--follow', 'scr_1', '--channel', 'call')).code).toBe(2);
});

test("prints the service's own refusals, and how to go on after a top-up", async () => {
  const unread = await cli(file, '--yes', '--channel', 'fax');
  expect([unread.code, unread.stderr]).toEqual([1, expect.stringMatching(/channel .*\(400\)\n/)]);
  company = await makeCompany(service.ctx, { balanceMicrousd: PRICE });
  const poor = await cli(file, '--yes');
  expect(poor.code).toBe(1);
  expect(poor.stderr).toMatch(/\(402\)\nscrub scr_[\w-]+\n/);
  expect([await states(), await readdir(folder)]).toEqual([['previewed'], ['leads.csv']]);
});
