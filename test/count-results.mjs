import { writeFileSync } from 'node:fs';

/** Writes down how many tests passed and failed; jest's own --json fails on errors that are circular. */
export default class CountResults {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    const counts = { numPassedTests, numFailedTests, numRuntimeErrorTestSuites };
    const file = process.env.TEST_RESULT_FILE;
    if (file) writeFileSync(file, JSON.stringify(counts));
  }
}
