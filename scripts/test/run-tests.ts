import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, statfs } from 'node:fs/promises';
import { constants, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { isErrorCode } from '../services/error-code';
import {
  ensureClientTools,
  findChromium,
  startMongo,
  startRedis,
  type LocalService,
  type Log,
} from '../services';
import { compilePrograms } from './compile-programs';

interface JestResult {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
}

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
    const { code, result } = await runJest(args);
    ({ summary, code: process.exitCode } = judge(code, result));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
  console.log(summary);
}

async function runJest(args: string[]): Promise<{ code: number; result: JestResult | null }> {
  const scratch = await mkdtemp(path.join(await scratchFolder(), 'rescind-test-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }));
  let jest: ChildProcess | null = null;
  // Jest ends first and the services after it; before jest, leaving ends the services.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => (jest ? jest.kill(signal) : process.exit(signalCode(signal))));
  }
  const services: LocalService[] = [];
  try {
    const env = await startMissingServices(scratch, services);
    const tested = await foldersTested(args);
    if (!env.TEST_CHROMIUM && tested.has('browser')) env.TEST_CHROMIUM = await findChromium(log);
    if (tested.has('examples')) await ensureClientTools(log);
    const programs = await compilePrograms();
    process.once('exit', () => rmSync(programs, { recursive: true, force: true }));
    const resultFile = path.join(scratch, 'result.json');
    // The names of the databases that the files of this run share begin so.
    const databases = `t${randomBytes(4).toString('hex')}`;
    jest = spawnJest(args, {
      ...env,
      TEST_RESULT_FILE: resultFile,
      TEST_DATABASES: databases,
      TEST_PROGRAMS: programs,
    });
    return { code: await exitCode(jest), result: await readResult(resultFile) };
  } finally {
    await Promise.all(services.map((service) => service.stop()));
  }
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

async function startMissingServices(
  scratch: string,
  services: LocalService[],
): Promise<NodeJS.ProcessEnv> {
  const env = { ...process.env };
  const startOwnMongo = async (): Promise<void> => {
    const mongo = await startMongo({ dataDir: path.join(scratch, 'mongo'), log });
    services.push(mongo);
    env.TEST_MONGODB_URI = mongo.uri;
  };
  const startOwnRedis = async (): Promise<void> => {
    const redis = await startRedis({ dataDir: path.join(scratch, 'redis'), log });
    services.push(redis);
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

function spawnJest(args: string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [...JEST, ...args], { env, stdio: ['inherit', 2, 2] });
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

async function readResult(file: string): Promise<JestResult | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JestResult;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** A run that tested nothing, or never got to its result, has failed. */
function judge(code: number, result: JestResult | null): { code: number; summary: string } {
  const passed = result?.numPassedTests ?? 0;
  // A suite that could not run has no tests to count, and has failed all the same.
  const failed = result ? result.numFailedTests + result.numRuntimeErrorTestSuites : 1;
  const summary = `${passed} passed, ${failed} failed`;
  if (code === 0 && (failed > 0 || passed === 0)) return { code: 1, summary };
  return { code, summary };
}
