import { writeFileSync } from 'node:fs';

/**
 * Writes down how many tests passed and failed, and which files failed and when they ran; jest's own
 * --json fails on errors that are circular.
 */
export default class CountResults {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults } = results;
    const failedFiles = testResults
      .filter(({ numFailingTests, testExecError }) => numFailingTests > 0 || testExecError)
      .map(({ testFilePath, perfStats, numPassingTests, numFailingTests }) => ({
        path: testFilePath,
        // A file that could not run has no times.
        from: perfStats.start || Date.now(),
        to: perfStats.end || Date.now(),
        passed: numPassingTests,
        // One that could not run has no tests to count, and has failed all the same.
        failed: Math.max(1, numFailingTests),
      }));
    const file = process.env.TEST_RESULT_FILE;
    if (!file) return;
    const counts = { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, failedFiles };
    writeFileSync(file, JSON.stringify(counts));
  }
}
