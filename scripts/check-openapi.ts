/**
 * Checks that the description of the API is whole and sound, and that the rules of Redocly and Spectral
 * find nothing in it: part of `npm run check`. Offline. That answers are as described is checked by the
 * tests, on every answer that they get. `check-openapi.ts FILE` checks a description as it was served.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, type Description, publishedAt } from '../src/http/openapi/document';
import { mountOffline } from './openapi/offline';
import { problemsOf, undescribedCalls } from './openapi/problems';
import { ruleProblems } from './openapi/rulesets';

const CACHE = '.cache/openapi';
/** What a remembered result depends on, besides the description. */
const CHECKERS = ['package-lock.json', 'scripts/check-openapi.ts', 'scripts/openapi/rulesets.ts'];

/** Whether exactly this has passed before: the rules take seconds. CI remembers nothing. */
function passedBefore(mark: string): boolean {
  try {
    return !process.env.CI && readFileSync(`${CACHE}/passed`, 'utf8') === mark;
  } catch {
    return false;
  }
}

function remember(mark: string): void {
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(`${CACHE}/passed`, mark);
}

async function checkOurs(): Promise<string[]> {
  const areas = mountOffline();
  const description = describe(areas);
  const own = [...undescribedCalls(areas), ...problemsOf(description)];
  const served = publishedAt(description, 'https://consent.invalid');
  const hash = createHash('sha256').update(JSON.stringify(served));
  for (const file of CHECKERS) hash.update(readFileSync(file));
  const mark = hash.digest('hex');
  if (own.length > 0 || passedBefore(mark)) return own;
  const found = await ruleProblems(served);
  if (found.length === 0) remember(mark);
  return found;
}

async function main(file: string | undefined): Promise<void> {
  const problems = file
    ? await ruleProblems(JSON.parse(readFileSync(file, 'utf8')) as Description)
    : await checkOurs();
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

void main(process.argv[2]);
