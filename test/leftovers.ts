import asyncHooks, { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import perfHooks, { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';

/** Ends what the file that is being tested has made, or jest for it, and nobody else would end. */
const ends = new Set<() => void>();

/** Notes from now on what would slow down a worker's later files. */
export function noteLeftovers(): void {
  noteStorages();
  noteMetrics();
}

/** Ends them, when the file has been tested. */
export function endLeftovers(): void {
  for (const end of ends) end();
  ends.clear();
}

/**
 * Jest makes an AsyncLocalStorage for every file, and Node up to 22 asks all that were ever used at
 * every promise: a worker's fiftieth file cost a third more than its first. What is in it at a time is
 * a test, and the clock of Node's fetch keeps one of each file for ever, with all that it reaches.
 */
function noteStorages(): void {
  asyncHooks.AsyncLocalStorage = class<T> extends AsyncLocalStorage<T> {
    constructor(...args: ConstructorParameters<typeof AsyncLocalStorage<T>>) {
      super(...args);
      ends.add(() => this.disable());
    }

    override run<R, A extends unknown[]>(store: T, work: (...args: A) => R, ...args: A): R {
      if (isJests(store))
        ends.add(() => Object.assign(store, { test: undefined, hook: undefined }));
      return super.run(store, work, ...args);
    }
  };
}

/** What each context measures of its process: a timer every 10 ms, and a look at every collection. */
function noteMetrics(): void {
  perfHooks.PerformanceObserver = class extends PerformanceObserver {
    constructor(...args: ConstructorParameters<typeof PerformanceObserver>) {
      super(...args);
      ends.add(() => this.disconnect());
    }
  };
  // Node never frees such a histogram, nor what jest's storage knew when it was made: all of the file.
  const monitor = AsyncResource.bind(monitorEventLoopDelay);
  perfHooks.monitorEventLoopDelay = (options) => {
    const histogram = monitor(options);
    ends.add(() => histogram.disable());
    return histogram;
  };
}

/** Whether it says which test or hook is running; packages have storages, too. */
function isJests(store: unknown): store is object {
  return store instanceof Object && ('test' in store || 'hook' in store);
}
