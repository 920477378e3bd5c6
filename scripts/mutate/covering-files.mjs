import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Sequencer from '@jest/test-sequencer';

/**
 * Leaves out the test files none of whose tests a break can reach, and begins with the quickest.
 * Stryker asks jest by the names of tests only, so jest would load every file to find out that it has
 * none of them.
 */
export default class CoveringFiles extends Sequencer {
  constructor(options) {
    super(options);
    const { rootDir, testNamePattern } = options.globalConfig;
    this.noteFile = path.join(rootDir, 'test-files.json');
    this.wanted = testNamePattern ? new RegExp(testNamePattern, 'i') : null;
  }

  sort(tests) {
    if (!this.wanted) return super.sort(tests);
    const noted = JSON.parse(readFileSync(this.noteFile, 'utf8'));
    const covers = ({ path }) => noted[path].names.some((name) => this.wanted.test(name));
    return tests.filter(covers).sort((a, b) => noted[a.path].ms - noted[b.path].ms);
  }

  /** The first run, of everything, tells which tests each file has, and how long it takes. */
  cacheResults(tests, results) {
    if (!this.wanted) {
      const entries = results.testResults.map(({ testFilePath, testResults, perfStats }) => [
        testFilePath,
        { names: testResults.map(({ fullName }) => fullName), ms: perfStats.runtime },
      ]);
      writeFileSync(this.noteFile, JSON.stringify(Object.fromEntries(entries)));
    }
    super.cacheResults(tests, results);
  }
}
