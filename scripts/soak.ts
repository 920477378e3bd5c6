/**
 * Runs the long tests at full size, for minutes each: a worker killed ten times in a file of a
 * million rows, random kills by the dozen, an upload as large as one may be, calls by the thousand
 * that no client would make. The suite runs the same tests smaller: `sized` in test/helpers/soak.ts
 * is the difference. Arguments go to jest.
 */
import { runTests } from './test/run-tests';

const LONG_TESTS = [
  'test/faults/csv-killed.test.ts',
  'test/faults/load-killed.test.ts',
  'test/core/batches/hostile-uploads.test.ts',
  'test/http/openapi/fuzz.test.ts',
];

process.env.SOAK = 'true';
void runTests([...LONG_TESTS, ...process.argv.slice(2)]);
