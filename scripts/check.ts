/**
 * Everything that can be checked without running the service: format, lint, types, boundaries,
 * the description of the API, unused code. Offline; all parts run and report, even after one has failed.
 */
import { spawn } from 'node:child_process';

const PARTS: Record<string, string[]> = {
  format: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  lint: ['node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.'],
  types: ['node_modules/typescript/bin/tsc', '--project', '.'],
  boundaries: [
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    '--config=.dependency-cruiser.cjs',
    'src',
    'workers',
    'scripts',
  ],
  description: ['--import', 'tsx', 'scripts/check-openapi.ts'],
  'unused code': ['node_modules/knip/bin/knip.js', '--no-progress'],
};

async function run(name: string, args: string[]): Promise<boolean> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (code !== 0) console.log(Buffer.concat(output).toString());
  return code === 0;
}

void Promise.all(Object.entries(PARTS).map(([name, args]) => run(name, args))).then((results) => {
  process.exitCode = results.every(Boolean) ? 0 : 1;
});
