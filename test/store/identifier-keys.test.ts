import { ConfigError, readConfig } from '../../src/config';
import { openContext } from '../helpers/context';
import { collections } from '../helpers/collections';
import { program } from '../helpers/program';
import { testEnvironment } from '../helpers/settings';
import { run } from '../scripts/run-script';

const [OLD, NEW, OTHER] = ['old', 'new', 'other'].map(
  (name) => `${name}-identifier-key-0123456789`,
);

let env: Record<string, string>;
beforeEach(() => {
  env = testEnvironment();
});

/** Starts a process with these keys and ends it again. */
async function start(...keys: (string | undefined)[]): Promise<'started' | 'refused'> {
  const config = readConfig({ ...env, IDENTIFIER_KEY: keys.join() });
  try {
    const { close } = await openContext(config, 'worker');
    await close();
    return 'started';
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toMatch(
      /^IDENTIFIER_KEY lacks a key that .*: put it back[^\n]*$/,
    );
    return 'refused';
  }
}

async function recorded(): Promise<string[]> {
  const kept = await collections({ config: readConfig(env) }).identifierKeys.findOne();
  return kept?.fingerprints ?? [];
}

test('a process that lacks a key that was in use does not start', async () => {
  expect(await start(OLD)).toBe('started');
  expect(await start(OLD)).toBe('started');
  expect(await start(NEW)).toBe('refused');
  expect(await recorded()).toHaveLength(1);
  expect(JSON.stringify(await recorded())).not.toContain(OLD);
  expect(await start(OLD)).toBe('started');
});

test('keys are rotated: first everybody reads by the new one, then it writes', async () => {
  await start(OLD);
  expect(await start(OLD, NEW)).toBe('started');
  // It has written nothing yet.
  expect(await start(OLD)).toBe('started');
  expect(await start(NEW, OLD)).toBe('started');
  expect(await start(OLD, NEW)).toBe('started');
  expect(await start(OLD)).toBe('refused');
  expect(await start(NEW)).toBe('refused');
  expect(await start(OTHER, NEW, OLD)).toBe('started');
});

test('a database of an earlier release takes all keys for used', async () => {
  expect(await start(NEW, OLD)).toBe('started');
  expect(await start(NEW)).toBe('refused');
  expect(await start(NEW, OLD)).toBe('started');
});

test('processes may start at once; of different keys one set wins for good', async () => {
  expect(new Set(await Promise.all([start(OLD), start(OLD), start(OLD), start(OLD)]))).toEqual(
    new Set(['started']),
  );
  env = testEnvironment();
  const outcomes = await Promise.all([start(OLD), start(NEW), start(OTHER)]);
  expect(outcomes.filter((outcome) => outcome === 'started')).toHaveLength(1);
  const winner = [OLD, NEW, OTHER][outcomes.indexOf('started')];
  expect(await start(winner)).toBe('started');
});

test.each(['src/server.ts', 'workers/main.ts', 'scripts/seed.ts'])(
  '%s says so in one line, and ends',
  async (file) => {
    await start(OLD);
    const { code, stdout, stderr } = await run(program(file), { ...env, IDENTIFIER_KEY: NEW! });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/^IDENTIFIER_KEY lacks/)]);
  },
);
