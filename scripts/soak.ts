/**
 * Runs the long tests at full size, for minutes each: a worker killed ten times in a file of a
 * million rows, as many strangers remembered while some of them register, random kills by the dozen,
 * an upload as large as one may be, calls by the thousand that no client would make. The suite runs
 * the same tests smaller: `sized` in test/helpers/soak.ts is the difference. Other arguments go to
 * jest.
 *
 * With `--minutes N` it runs the fault campaign on a set of three MongoDB members instead, for at
 * least that long: every fault at least once. The suite has three of its faults.
 */
import { runTests } from './test/run-tests';

const LONG_TESTS = [
  'test/faults/csv-killed.test.ts',
  'test/faults/load-killed.test.ts',
  'test/core/batches/csv-strangers.test.ts',
  'test/core/batches/hostile-uploads.test.ts',
  'test/http/openapi/fuzz.test.ts',
];
const CAMPAIGN = 'test/faults/members/campaign.test.ts';
/** Fewer cannot elect another primary; the campaign's faults leave two of three. */
const MEMBERS = '3';

/** Takes `--name VALUE` out of the arguments, and returns the value. */
function take(args: string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : (args.splice(at, 2)[1] ?? '');
}

const args = process.argv.slice(2);
const minutes = take(args, '--minutes');
const members = take(args, '--members');
if (minutes === undefined && members === undefined) {
  process.env.SOAK = 'true';
  void runTests([...LONG_TESTS, ...args]);
} else if (Number(minutes) > 0 && (members ?? MEMBERS) === MEMBERS) {
  process.env.SOAK_MINUTES = minutes;
  void runTests([CAMPAIGN, ...args]);
} else {
  console.error('Usage: npm run soak -- --minutes N [--members 3], where N is more than 0.');
  process.exitCode = 1;
}
