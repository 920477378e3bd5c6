/** Runs the whole suite, or what the arguments for jest name: `npm test -- test/core/wallet`. */
import { runTests } from './test/run-tests';

void runTests(process.argv.slice(2));
