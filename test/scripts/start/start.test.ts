import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomFreePort } from '../../../scripts/services/ports';
import { run } from '../run-script';
import { testEnvironment } from '../../helpers/settings';
import { until } from '../../helpers/until';

/** What `npm start` reads in its folder; its `.data/` is the test's own. */
const PARTS = [
  'Procfile',
  'node_modules',
  'package.json',
  'scripts',
  'src',
  'tsconfig.json',
  'workers',
];
const LABELS = [
  'company_id',
  'property_id',
  'token',
  'certificate_id',
  'user_email',
  'user_password',
  'Operator token',
];
const LAST_LINES = /Ctrl-C stops everything\.\n─+\n$/;

let folder: string;
let env: Record<string, string>;
let started: ChildProcess | null = null;
let output = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rescind-start-'));
  await Promise.all(PARTS.map((part) => symlink(path.resolve(part), path.join(folder, part))));
  env = testEnvironment({ PORT: String(await randomFreePort()), LOG_LEVEL: 'info', DEMO: 'true' });
});
afterAll(async () => {
  started?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function start(): void {
  output = '';
  started = spawn(process.execPath, ['--import', 'tsx', 'scripts/start.ts'], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [started.stdout, started.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
}

/** The values of the banner that stands at the end of the output, by their labels. */
async function banner(): Promise<Record<string, string>> {
  await until('the banner', () => LAST_LINES.test(output), 90_000);
  const text = output.slice(output.lastIndexOf('Rescind is ready: '));
  const values = LABELS.map((label) => [
    label,
    new RegExp(`^  ${label} +(\\S+)$`, 'm').exec(text)?.[1] ?? '',
  ]);
  return Object.fromEntries(values) as Record<string, string>;
}

async function stop(): Promise<void> {
  const ended = new Promise((resolve) => started?.once('exit', resolve));
  started?.kill('SIGINT');
  await ended;
  started = null;
}

const curlOf = () => /^curl .*$/m.exec(output)?.[0] ?? '';

test('each start ends with credentials that work, the same ones, also after a process died', async () => {
  start();
  const first = await banner();
  expect(Object.values(first)).not.toContain('');
  const called = await run(['sh', '-c', `${curlOf()} -w ' %{http_code}'`], {});
  expect(called.stdout).toMatch(/^\{"valid":true,.*\} 200$/);
  // For people, and without colours, as this is no terminal.
  expect(output).toMatch(/^\d\d:\d\d:\d\d INFO: +web +listening host=127.0.0.1 port=\d+$/m);
  expect(output).not.toContain('\u001b[');

  output = '';
  const web = Number(await readFile(path.join(folder, '.data', 'web.pid'), 'utf8'));
  process.kill(web, 'SIGKILL');
  expect(await banner()).toEqual(first);
  expect(output).toContain('web died (signal SIGKILL); starting it again in 1 s.\n');
  await stop();

  start();
  expect(await banner()).toEqual(first);
  await stop();
}, 240_000);
