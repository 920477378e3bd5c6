import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig } from '../../src/config';
import { getUserConsents } from '../../src/core/consents/get-user-consents';
import { revokeUserConsents } from '../../src/core/consents/revoke-user-consents';
import { REGIONS } from '../../src/store/regions';
import { makeSet } from '../core/consents/scene';
import { CALLER } from '../helpers/company';
import { testEnvironment } from '../helpers/settings';
import { type Service, startService } from '../helpers/service';
import { dump, restore } from '../core/backup/dump';
import {
  followUpAll,
  makeReplayScene,
  type ReplayScene,
  revokeAll,
} from '../core/backup/replay-scene';
import { run, runScript } from './run-script';

const env = testEnvironment({ REDIS_URL: 'redis://127.0.0.1:1' });
let service: Service;
let scene: ReplayScene;
let folder: string;
let file: string;

beforeAll(async () => {
  service = await startService(readConfig(env));
  scene = await makeReplayScene(service);
  await revokeAll(scene);
  await followUpAll(scene);
  folder = await mkdtemp(path.join(tmpdir(), 'rescind-test-'));
  file = path.join(folder, 'export.ndjson');
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await service.close();
});

const exportTo = (...to: string[]) =>
  runScript('revocations-export', [scene.company.id, ...to], env);
const replay = (from: string, input?: string) =>
  runScript('revocations-replay', [from], env, input);

async function expectRevoked(expected: boolean): Promise<void> {
  expect((await scene.check(scene.old[0]!)).status).toBe(expected ? 403 : 200);
  expect((await scene.check(scene.young[0]!)).status).toBe(expected ? 403 : 404);
}

/** Lines between the header, which has the time, and the trailer. */
const requests = (text: string) => {
  const lines = text.trimEnd().split('\n').slice(1, -1);
  return lines.filter((line) => !line.includes('"suppression"'));
};

async function expectReplayed(from: string, input?: string): Promise<void> {
  await restore(scene.ctx, scene.backup);
  await expectRevoked(false);
  const replayed = await replay(from, input);
  expect(replayed).toMatchObject({ code: 0, stderr: '' });
  expect(replayed.stdout).toMatch(/revocations +6\ncertificates +19\n +revoked now +13\n/);
  expect(replayed.stdout).toMatch(/as tombstones +5\n +revoked already +1\n/);
  await expectRevoked(true);
}

test('an export to a file is replayed, with Redis away', async () => {
  expect(await exportTo(file)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect((await stat(file)).mode & 0o077).toBe(0);
  expect(await readdir(folder)).toEqual(['export.ndjson']);
  expect(requests(await readFile(file, 'utf8'))).toHaveLength(6);
  await expectReplayed(file);
});

test('an export to stdout is replayed from stdin', async () => {
  const { code, stdout } = await exportTo();
  expect(code).toBe(0);
  expect(requests(stdout)).toHaveLength(6);
  await expectReplayed('-', stdout);
});

test('what npm says on stdout before an export does not spoil it', async () => {
  const command = ['npm', 'run', 'revocations:export', '--', scene.company.id];
  const { stdout } = await run(command, env);
  expect(stdout).toMatch(/^\s*> /);
  await expectReplayed('-', stdout);
});

test('a truncated file is refused, and nothing is done', async () => {
  const { stdout } = await exportTo();
  await restore(scene.ctx, scene.backup);
  await writeFile(file, stdout.split('\n').slice(0, 4).join('\n') + '\n');
  expect(await replay(file)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'rescind: the file is truncated: its last line is missing\n',
  });
  await expectRevoked(false);
});

test('wrong use is told in a line or by the usage', async () => {
  for (const name of ['revocations-export', 'revocations-replay']) {
    const { code, stderr } = await runScript(name, [], env);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Usage: npm run /);
  }
  expect(await runScript('revocations-export', ['comp-none'], env)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'rescind: there is no such company\n',
  });
  const missing = await replay(path.join(folder, 'none'));
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toMatch(/^rescind: ENOENT/);
});

test('what was consented to is counted beside it, of both regions', async () => {
  const { ctx, company } = scene;
  await restore(ctx, scene.backup);
  const by = { ctx, companyId: company.id, caller: CALLER };
  for (const region of REGIONS) await makeSet(ctx, company.id, { region });
  const backup = await dump(ctx);
  for (const region of REGIONS) {
    await revokeUserConsents({ ...by, region, userId: 'user-1', which: {} });
  }
  expect(await exportTo(file)).toMatchObject({ code: 0 });
  await restore(ctx, backup);
  const { code, stdout } = await replay(file);
  expect(code).toBe(0);
  expect(stdout).toMatch(/of consents +2\nconsents +4\n +revoked now +4\n +as tombstones +0\n/);
  for (const region of REGIONS) {
    const { status } = await getUserConsents({ ...by, region, userId: 'user-1' });
    expect(status).toBe('incomplete');
  }
});
