import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const SCRIPT = path.resolve('scripts/check-lock.ts');
const TSX = path.resolve('node_modules/tsx/dist/loader.mjs');
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'rescind-lock-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Checks a lock file where no registry can be reached. */
async function check(lock: object): Promise<{ code: unknown; stdout: string; stderr: string }> {
  await writeFile(path.join(dir, 'package-lock.json'), JSON.stringify(lock));
  await writeFile(path.join(dir, 'package.json'), '{"name":"x","version":"1.0.0"}');
  const env = { ...process.env, npm_config_registry: 'http://127.0.0.1:9/' };
  return new Promise((resolve) => {
    const args = ['--import', TSX, SCRIPT];
    execFile(process.execPath, args, { cwd: dir, env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

test('our own lock file passes offline, and that it was not audited is said', async () => {
  const own = JSON.parse(await readFile('package-lock.json', 'utf8')) as object;
  const { code, stdout, stderr } = await check(own);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^not audited, the registry cannot be asked/);
});

test('an entry without integrity fails, by its name', async () => {
  const entry = { version: '1.0.0', optional: true, os: ['darwin'] };
  const packages = { '': { name: 'x' }, 'node_modules/y': entry, 'node_modules/z': { link: true } };
  const { code, stderr } = await check({ lockfileVersion: 3, packages });
  expect([code, stderr.trim()]).toEqual([1, 'package-lock.json: node_modules/y has no integrity']);
});
