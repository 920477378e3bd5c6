import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, statfs } from 'node:fs/promises';
import { constants, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { isErrorCode } from '../services/error-code';
import {
  ensureClientTools,
  findChromium,
  keepMongoRunning,
  startRedis,
  type Log,
} from '../services';
import { compilePrograms } from './compile-programs';
import { filesStruck, judge, readResult, type Run, withSecondRun } from './result';

/** Of the machine's memory; jest replaces a worker at a little more (package.json). */
const WORKER_HEAP_SHARE = 0.08;

const JEST = [
  // The MongoDB driver loads a part of itself by import(), which jest refuses without this.
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  // A file's realm is large and garbage when the next begins: collected seldom, it costs least.
  '--max-semi-space-size=64',
  '--min-semi-space-size=32',
  `--initial-old-space-size=${Math.floor((WORKER_HEAP_SHARE * totalmem()) / 1024 ** 2)}`,
  path.join('node_modules', 'jest', 'bin', 'jest.js'),
];

const SHARED_MEMORY = '/dev/shm';
const SCRATCH_BYTES = 8 * 1024 ** 3;

// Progress goes to stderr, where jest writes too: stdout is for the last line.
const log: Log = (line) => console.error(line);

/**
 * Runs jest against a MongoDB and a Redis of its own, both thrown away afterwards. With
 * TEST_MONGODB_URI or TEST_REDIS_URL set, that one is used instead; browser tests drive
 * TEST_CHROMIUM or one that is found. The last line on stdout is always "N passed, N failed", and
 * the exit code says the same.
 * @param args for jest
 */
export async function runTests(args: string[]): Promise<void> {
  let summary = '0 passed, 1 failed';
  try {
    ({ summary, code: process.exitCode } = judge(await runWithServices(args)));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
  console.log(summary);
}

async function runWithServices(args: string[]): Promise<Run> {
  const scratch = await mkdtemp(path.join(await scratchFolder(), 'rescind-test-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }));
  const jest: RunningJest = { child: null };
  // Jest ends first and the services after it; before jest, leaving ends the services.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () =>
      jest.child ? jest.child.kill(signal) : process.exit(signalCode(signal)),
    );
  }
  const services: Services = { stops: [], returns: [] };
  try {
    const env = await startMissingServices(scratch, services);
    const tested = await foldersTested(args);
    if (!env.TEST_CHROMIUM && tested.has('browser')) env.TEST_CHROMIUM = await findChromium(log);
    if (tested.has('examples')) await ensureClientTools(log);
    const programs = await compilePrograms();
    process.once('exit', () => rmSync(programs, { recursive: true, force: true }));
    const run = (some: string[], name: string) =>
      runJest(jest, some, {
        ...env,
        TEST_RESULT_FILE: path.join(scratch, `${name}.json`),
        // The names of the databases that the files of this run share begin so.
        TEST_DATABASES: `t${randomBytes(4).toString('hex')}`,
        TEST_PROGRAMS: programs,
      });
    const first = await run(args, 'result');
    const struck = filesStruck(first, services.returns);
    if (!first.result || struck.length === 0 || args.length > 0) return first;
    log(`MongoDB was away for a while; ${struck.length} files that failed meanwhile run again.`);
    const second = await run(['--runTestsByPath', ...struck], 'second');
    return withSecondRun(first.result, second, struck);
  } finally {
    await Promise.all(services.stops.map((stop) => stop()));
  }
}

/** The jest that runs just now. */
interface RunningJest {
  child: ChildProcess | null;
}

async function runJest(jest: RunningJest, args: string[], env: NodeJS.ProcessEnv): Promise<Run> {
  jest.child = spawn(process.execPath, [...JEST, ...args], { env, stdio: ['inherit', 2, 2] });
  return {
    code: await exitCode(jest.child),
    result: await readResult(env.TEST_RESULT_FILE ?? ''),
  };
}

/**
 * Memory where there is enough of it: every write of a test waits for the journal. A SIGKILL, which
 * is all that tests do to MongoDB, loses nothing there either.
 */
async function scratchFolder(): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(SHARED_MEMORY);
    return bavail * bsize >= SCRATCH_BYTES ? SHARED_MEMORY : tmpdir();
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return tmpdir();
    throw error;
  }
}

/** What has been started for a run. */
interface Services {
  stops: (() => Promise<void>)[];
  /** When MongoDB was there again after it had been away, in milliseconds since 1970. */
  returns: number[];
}

async function startMissingServices(
  scratch: string,
  { stops, returns }: Services,
): Promise<NodeJS.ProcessEnv> {
  const env = { ...process.env };
  const startOwnMongo = async (): Promise<void> => {
    const mongo = await keepMongoRunning({
      dataDir: path.join(scratch, 'mongo'),
      log,
      onReturn: () => returns.push(Date.now()),
    });
    stops.push(() => mongo.stop());
    env.TEST_MONGODB_URI = mongo.first.uri;
  };
  const startOwnRedis = async (): Promise<void> => {
    const redis = await startRedis({ dataDir: path.join(scratch, 'redis'), log });
    stops.push(() => redis.stop());
    env.TEST_REDIS_URL = redis.url;
  };
  // One after the other: on a new machine both may have to install a package.
  if (!env.TEST_MONGODB_URI) await startOwnMongo();
  if (!env.TEST_REDIS_URL) await startOwnRedis();
  return env;
}

/** Names of the folders of tests that jest would run; asks jest itself, which knows its own arguments. */
async function foldersTested(args: string[]): Promise<Set<string>> {
  const listed = await promisify(execFile)(process.execPath, [...JEST, '--listTests', ...args]);
  return new Set(listed.stdout.split('\n').map((file) => path.basename(path.dirname(file))));
}

function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ? signalCode(signal) : (code ?? 1)));
  });
}

/** The shell's convention for a process that a signal ended. */
function signalCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
