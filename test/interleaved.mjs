import Sequencer from '@jest/test-sequencer';

/** These wait more than they work: for leases and locks to lapse, for processes to come back. */
const WAITING = ['faults/csv-killed', 'faults/api-killed', 'faults/'];
/** The longest of the others; started last, they would run on alone. */
const LONG = ['http/openapi/fuzz', 'browser/', 'scripts/'];

/** Of the run; one that came last would run on alone. */
const SPREAD_OVER = 0.8;

/**
 * Spreads the files that wait over most of the run, so that there is always work for every core, and
 * begins with the longest; a clean checkout has no timings that jest could go by.
 */
export default class Interleaved extends Sequencer {
  sort(tests) {
    const sorted = [...super.sort(tests)];
    const waiting = sorted.filter((test) => rank(WAITING, test) < WAITING.length);
    const others = sorted.filter((test) => !waiting.includes(test));
    waiting.sort((a, b) => rank(WAITING, a) - rank(WAITING, b));
    others.sort((a, b) => rank(LONG, a) - rank(LONG, b));
    const share = Math.floor((SPREAD_OVER * others.length) / Math.max(1, waiting.length));
    const spread = waiting.flatMap((test, i) => [
      test,
      ...others.slice(i * share, (i + 1) * share),
    ]);
    return [...spread, ...others.slice(waiting.length * share)];
  }
}

function rank(parts, { path }) {
  const place = parts.findIndex((part) => path.includes(`/test/${part}`));
  return place < 0 ? parts.length : place;
}
