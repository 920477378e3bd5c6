import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { program } from '../helpers/program';
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

/** `script` gives it one; what is typed comes once the question is there. */
async function inTerminal(args: string[], typed: Record<string, string>, env = {}) {
  const line = program('scripts/revoke-csv.ts', ...args)
    .map((word) => `'${word}'`)
    .join(' ');
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    env: { ...process.env, RESCIND_URL: service.url, RESCIND_TOKEN: '', ...env },
  });
  let screen = '';
  const left = new Map(Object.entries(typed));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    for (const [question, answer] of left) {
      if (!screen.includes(question)) continue;
      left.delete(question);
      child.stdin.write(answer);
    }
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, screen };
}
const preview = () => json(200, batchView({ state: 'previewed', dry_run: true }));

beforeEach(() => {
  service.answers.set(BATCH, [preview(), json(200, batchView())]);
  for (const verb of ['commit', 'cancel']) {
    service.answers.set(`${BATCH}/${verb}`, [json(202, {})]);
  }
});

test('asks for the token without showing it, previews, asks and revokes', async () => {
  const { code, screen } = await inTerminal([file, '--reason', 'over'], {
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
  const { code, screen } = await inTerminal(
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
  const { code, screen } = await inTerminal([file, option], {}, { RESCIND_TOKEN: 'tok-1' });
  expect(screen).not.toContain('[y/N]');
  expect(code).toBe(0);
});
