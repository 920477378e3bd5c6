/**
 * Everything that can be checked without running the service: format, lint, types, boundaries,
 * the description of the API, the table of settings, the lock file, unused code. Works offline. Every part runs and
 * reports, even after one has failed. What a part remembers of its last run is in .cache/.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** How a part ended, and everything it printed. */
interface Outcome {
  name: string;
  passed: boolean;
  seconds: number;
  output: string;
}

/**
 * ESLint looks at a file again only when that file has changed, although its findings depend on the
 * types of the files that it imports: a remembered result may be out of date. CI lints every file.
 */
const LINT_CACHE = process.env.CI
  ? []
  : ['--cache', '--cache-location=.cache/eslint/', '--cache-strategy=content'];

const LOCK_FILE = 'lock file';

/** The longest first, so that nothing long starts last. */
const PARTS: Record<string, string[]> = {
  lint: ['node_modules/eslint/bin/eslint.js', '--max-warnings=0', ...LINT_CACHE, '.'],
  // Incremental by tsconfig.json.
  types: ['node_modules/typescript/bin/tsc', '--project', '.'],
  format: [
    'node_modules/prettier/bin/prettier.cjs',
    '--check',
    '--log-level=warn',
    '--cache',
    '--cache-location=.cache/prettier',
    '.',
  ],
  description: ['--import', 'tsx', 'scripts/check-openapi.ts'],
  settings: ['--import', 'tsx', 'scripts/settings.ts', '--check'],
  [LOCK_FILE]: ['--import', 'tsx', 'scripts/check-lock.ts'],
  boundaries: [
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    '--config=.dependency-cruiser.cjs',
    'src',
    'workers',
    'scripts',
  ],
  'unused code': [
    'node_modules/knip/bin/knip.js',
    '--no-progress',
    '--cache',
    '--cache-location=.cache/knip',
  ],
};

async function run(name: string, args: string[]): Promise<Outcome> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return {
    name,
    passed: code === 0,
    seconds: secondsSince(startedAt),
    output: Buffer.concat(output).toString(),
  };
}

/** Runs all parts, one on each core. */
async function runAll(): Promise<Outcome[]> {
  const waiting = Object.entries(PARTS);
  const outcomes: Outcome[] = [];
  const runNext = async (): Promise<void> => {
    for (let part = waiting.shift(); part; part = waiting.shift())
      outcomes.push(await run(...part));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, runNext));
  return outcomes;
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}

function line(name: string, passed: boolean, seconds: number): string {
  return `${passed ? 'ok    ' : 'FAILED'} ${name.padEnd(12)}${seconds.toFixed(1).padStart(6)} s`;
}

async function main(): Promise<void> {
  const startedAt = performance.now();
  const outcomes = await runAll();
  const failed = outcomes.filter(({ passed }) => !passed);
  for (const { name, output } of failed) console.log(`${name}:\n${output}`);
  // Passing, it may have to say that it could not ask.
  for (const { name, passed, output } of outcomes) {
    if (passed && name === LOCK_FILE && output) console.log(`${name}: ${output.trim()}`);
  }
  const slowestFirst = outcomes.sort((a, b) => b.seconds - a.seconds);
  for (const { name, passed, seconds } of slowestFirst) console.log(line(name, passed, seconds));
  console.log(line('total', failed.length === 0, secondsSince(startedAt)));
  process.exitCode = failed.length === 0 ? 0 : 1;
}

void main();
