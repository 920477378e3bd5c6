/**
 * Checks that the description of the API is whole and sound: part of `npm run check`. Offline. That
 * answers are as described is checked by the tests, on every answer that they get.
 */
import { describe } from '../src/http/openapi/document';
import { mountOffline } from './openapi/offline';
import { problemsOf, undescribedCalls } from './openapi/problems';

const areas = mountOffline();
const problems = [...undescribedCalls(areas), ...problemsOf(describe(areas))];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
