import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { commandLine } from '../../scripts/services/processes';
import { keptSecret, startRedis } from '../../scripts/services';
import { ownFolder } from '../../scripts/services/own-folder';
import { readEnvironment } from '../../scripts/start/environment';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'rescind-local-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

test('a data folder is closed to others, one that an earlier release left open too', async () => {
  const made = path.join(dir, 'new', '.data');
  await ownFolder(made);
  expect(await modeOf(made)).toBe(0o700);
  const open = path.join(dir, 'old');
  await mkdir(open, { mode: 0o755 });
  await keptSecret(open, 'secret');
  expect(await modeOf(open)).toBe(0o700);
  expect(await modeOf(path.join(open, 'secret'))).toBe(0o600);
});

test('the local Redis asks other users of the machine for a password that they cannot see', async () => {
  const dataDir = path.join(dir, 'redis');
  const redis = await startRedis({ dataDir, log: () => undefined });
  const stranger = new Redis(redis.port, '127.0.0.1', { retryStrategy: () => null });
  // Its own greeting is refused, too.
  stranger.on('error', () => undefined);
  const ours = new Redis(redis.url);
  try {
    await expect(stranger.keys('*')).rejects.toThrow('NOAUTH');
    expect(await ours.ping()).toBe('PONG');
    expect(await ours.config('GET', 'maxmemory-policy')).toContain('noeviction');
    expect(await ours.config('GET', 'appendonly')).toContain('yes');
    expect(await ours.config('GET', 'save')).toEqual(['save', '']);
    const password = (await readFile(path.join(dataDir, 'password'), 'utf8')).trim();
    expect(redis.url).toContain(password);
    expect(commandLine(redis.pid)).not.toContain(password);
    for (const file of ['password', 'redis.conf']) {
      expect(await modeOf(path.join(dataDir, file))).toBe(0o600);
    }
    expect(await modeOf(dataDir)).toBe(0o700);
  } finally {
    stranger.disconnect();
    ours.disconnect();
    await redis.stop();
  }
});

test.each(['MONGODB_URI', 'REDIS_URL', 'OPERATOR_TOKEN', 'IDENTIFIER_KEY', 'PUBLIC_URL'])(
  'in production npm start makes up no %s',
  async (missing) => {
    const dataDir = await mkdtemp(path.join(dir, 'production-'));
    const given = {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://rescind.example',
      MONGODB_URI: 'mongodb://127.0.0.1',
      REDIS_URL: 'redis://127.0.0.1',
      OPERATOR_TOKEN: 'operator-token-of-32-characters-or-so',
      IDENTIFIER_KEY: 'identifier-key-of-32-characters-or-so',
    };
    const env = jest.replaceProperty(process, 'env', given);
    try {
      const { config } = await readEnvironment(dataDir);
      expect(config).toMatchObject({ production: true, demo: false });
      env.replaceValue({ ...given, [missing]: '' });
      await expect(readEnvironment(dataDir)).rejects.toThrow(new RegExp(`^${missing} is `));
      expect(await readdir(dataDir)).toEqual([]);
    } finally {
      env.restore();
    }
  },
);
