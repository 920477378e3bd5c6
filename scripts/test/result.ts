import { readFile } from 'node:fs/promises';
import { isErrorCode } from '../services/error-code';

/** What `test/count-results.mjs` writes down of a run of jest. */
export interface JestResult {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  failedFiles: FailedFile[];
}

/** A file of which something failed, and when it ran, in milliseconds since 1970. */
interface FailedFile {
  path: string;
  from: number;
  to: number;
  passed: number;
  failed: number;
}

/** How a run of jest ended; `result` is null when it did not come to its end. */
export interface Run {
  code: number;
  result: JestResult | null;
}

/** Reads what jest wrote down; null when it did not come so far. */
export async function readResult(file: string): Promise<JestResult | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JestResult;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** How long a service may have been away before it was there again. */
const LONGEST_OUTAGE_MS = 60_000;

/**
 * The files that failed while a service of the run was away, which says nothing about them.
 * @param returns when it was there again, in milliseconds since 1970
 */
export function filesStruck({ result }: Run, returns: number[]): string[] {
  const failed = result?.failedFiles ?? [];
  return failed
    .filter(({ from, to }) => returns.some((at) => from <= at && to >= at - LONGEST_OUTAGE_MS))
    .map(({ path }) => path);
}

/** The result of a run, some files of which were run again afterwards. */
export function withSecondRun(first: JestResult, second: Run, files: string[]): Run {
  const { code, result } = second;
  if (!result) return second;
  const again = first.failedFiles.filter(({ path }) => files.includes(path));
  const passedThen = again.reduce((sum, { passed }) => sum + passed, 0);
  const failedOnce = first.failedFiles.filter(({ path }) => !files.includes(path));
  const failed = failedOnce.reduce((sum, one) => sum + one.failed, 0);
  return {
    code: failed > 0 ? 1 : code,
    result: {
      ...result,
      numPassedTests: first.numPassedTests - passedThen + result.numPassedTests,
      numFailedTests: failed + result.numFailedTests,
      failedFiles: [...failedOnce, ...result.failedFiles],
    },
  };
}

/** A run that tested nothing, or never got to its result, has failed. */
export function judge({ code, result }: Run): { code: number; summary: string } {
  const passed = result?.numPassedTests ?? 0;
  // A suite that could not run has no tests to count, and has failed all the same.
  const failed = result ? result.numFailedTests + result.numRuntimeErrorTestSuites : 1;
  const summary = `${passed} passed, ${failed} failed`;
  if (code === 0 && (failed > 0 || passed === 0)) return { code: 1, summary };
  return { code, summary };
}
