import Sequencer from '@jest/test-sequencer';

/** Those that wait most, for leases and locks to lapse: started last, they would run on alone. */
const FIRST = ['faults/csv-killed', 'faults/api-killed', 'scripts/examples', 'faults/', 'browser/'];

/** Starts the longest files first; a clean checkout has no timings that jest could go by. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = FIRST.findIndex((part) => path.includes(`/test/${part}`));
      return place < 0 ? FIRST.length : place;
    };
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}
