import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inTerminal } from './in-terminal';
import { BATCH_ID, batchView, csv, json, type StandIn, startStandIn } from './stand-in';

const BATCH = `/revocations/batches/${BATCH_ID}`;

let service: StandIn;
let folder: string;
let file: string;

beforeEach(async () => {
  service = await startStandIn();
  service.answers.set(`${BATCH}/errors.csv`, [csv('line,column,value,reason\r\n')]);
  folder = await mkdtemp(path.join(tmpdir(), 'rescind-test-'));
  file = path.join(folder, 'people.csv');
  await writeFile(file, 'email\njo@example.com\n');
});
afterEach(async () => {
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

const revokeCsv = (args: string[], typed: Record<string, string>, env = {}) =>
  inTerminal('revoke-csv', args, typed, { RESCIND_URL: service.url, RESCIND_TOKEN: '', ...env });
const preview = () => json(200, batchView({ state: 'previewed', dry_run: true }));

beforeEach(() => {
  service.answers.set(BATCH, [preview(), json(200, batchView())]);
  for (const verb of ['commit', 'cancel']) {
    service.answers.set(`${BATCH}/${verb}`, [json(202, {})]);
  }
});

test('asks for the token without showing it, previews, asks and revokes', async () => {
  const { code, screen } = await revokeCsv([file, '--reason', 'over'], {
    'Token (not shown': 'tok-typed\r',
    'Revoke 8 certificates at': 'y\r',
  });
  expect(screen).toMatch(/would be revoked +7\r\n/);
  expect(screen).toMatch(/completed bat_standin/);
  expect(screen).not.toContain('tok-typed');
  expect(code).toBe(0);
  const fields = { dry_run: 'true', reason: 'over' };
  expect(service.uploads).toMatchObject([{ token: 'Bearer tok-typed', fields }]);
  expect(service.called).toContain(`POST ${BATCH}/commit`);
});

test('revokes nothing without a yes, and gives the preview up', async () => {
  const { code, screen } = await revokeCsv(
    [file],
    { 'This cannot be undone. [y/N]': '\r' },
    { RESCIND_TOKEN: 'tok-1' },
  );
  expect(screen).toContain('Nothing has been revoked.');
  expect(code).toBe(1);
  expect(service.called).toContain(`POST ${BATCH}/cancel`);
  expect(service.called).not.toContain(`POST ${BATCH}/commit`);
});

test.each(['--yes', '--dry-run'])('asks nothing with %s', async (option) => {
  service.answers.set(BATCH, [json(200, batchView())]);
  const { code, screen } = await revokeCsv([file, option], {}, { RESCIND_TOKEN: 'tok-1' });
  expect(screen).not.toContain('[y/N]');
  expect(code).toBe(0);
});
