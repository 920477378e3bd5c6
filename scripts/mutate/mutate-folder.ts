import { randomBytes } from 'node:crypto';

/** Of the breaks that tests reach, this share has to be noticed, in percent. */
const AIM_PERCENT = 85;
/** Each run of jest leaves modules behind in memory: a new process after this many. */
const RUNS_PER_PROCESS = 40;
/** A test that a break makes wait has failed after this time. */
const TEST_TIMEOUT_MS = 30_000;
/** On top of what the tests took at first; past it a break counts as noticed, busy machine or not. */
const RUN_TIMEOUT_MS = 90_000;

const NODE_ARGS = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  // The test environment is TypeScript, and Stryker loads it by itself.
  '--import=tsx',
];

/**
 * Runs the tests once for each break of `src/core/<folder>`, against the given MongoDB and Redis;
 * those tests only that reach its line. The report is `.cache/mutate/<folder>.html`.
 * @returns whether at least AIM_PERCENT of the breaks were noticed
 */
export async function mutateFolder(options: {
  folder: string;
  /** Paths below `test/`, without `.test.ts`. */
  tests: string[];
  /** Also tries again what has not changed since the last run. */
  all: boolean;
  mongoUri: string;
  redisUrl: string;
}): Promise<boolean> {
  const { folder, tests, all, mongoUri, redisUrl } = options;
  process.env.TEST_MONGODB_URI = mongoUri;
  process.env.TEST_REDIS_URL = redisUrl;
  process.env.MUTATE_DATABASES = `m${randomBytes(4).toString('hex')}`;
  const report = `.cache/mutate/${folder}`;
  const { Stryker } = await import('@stryker-mutator/core');
  const results = await new Stryker({
    mutate: [`src/core/${folder}/**/*.ts`],
    testRunner: 'jest',
    plugins: ['@stryker-mutator/jest-runner', './scripts/mutate/ignore-logs.mjs'],
    ignorers: ['logs'],
    coverageAnalysis: 'perTest',
    // Constants of a module would need every test, for each of their breaks.
    ignoreStatic: true,
    concurrency: 1,
    testRunnerNodeArgs: NODE_ARGS,
    maxTestRunnerReuse: RUNS_PER_PROCESS,
    timeoutMS: RUN_TIMEOUT_MS,
    jest: { config: jestConfig(tests), enableFindRelatedTests: false },
    disableTypeChecks: false,
    ignorePatterns: ['.cache', '.data', '.github'],
    tempDirName: '.cache/mutate/sandbox',
    incremental: true,
    incrementalFile: `${report}.incremental.json`,
    force: all,
    reporters: ['clear-text', 'html', 'progress-append-only'],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
    htmlReporter: { fileName: `${report}.html` },
  }).runMutationTest();
  return noticedPercent(results.map(({ status }) => status)) >= AIM_PERCENT;
}

/** What differs from the suite's configuration in package.json. */
function jestConfig(tests: string[]) {
  return {
    testMatch: tests.flatMap((path) =>
      ['', '-*', '/**/*'].map((more) => `<rootDir>/test/${path}${more}.test.ts`),
    ),
    // Each of them takes as long as all other tests together.
    testPathIgnorePatterns: ['\\.property\\.test\\.ts$'],
    testEnvironment: './scripts/mutate/environment.ts',
    testSequencer: '<rootDir>/scripts/mutate/covering-files.mjs',
    globalTeardown: null,
    testTimeout: TEST_TIMEOUT_MS,
  };
}

function noticedPercent(statuses: string[]): number {
  const count = (...wanted: string[]) => statuses.filter((one) => wanted.includes(one)).length;
  const noticed = count('Killed', 'Timeout');
  const missed = count('Survived', 'NoCoverage');
  return (100 * noticed) / Math.max(1, noticed + missed);
}
