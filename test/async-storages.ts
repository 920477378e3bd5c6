import asyncHooks, { AsyncLocalStorage } from 'node:async_hooks';

/** Those that the file being tested has made, or jest for it. */
const made = new Set<AsyncLocalStorage<unknown>>();

/**
 * Notes each AsyncLocalStorage that is made from now on. Jest makes one for every file, and Node up to
 * 22 asks all that were ever used at every promise: a worker's fiftieth file cost a third more than
 * its first.
 */
export function noteStorages(): void {
  asyncHooks.AsyncLocalStorage = class<T> extends AsyncLocalStorage<T> {
    constructor(...args: ConstructorParameters<typeof AsyncLocalStorage<T>>) {
      super(...args);
      made.add(this);
    }
  };
}

/** Ends them, when the file has been tested. */
export function endStorages(): void {
  for (const storage of made) storage.disable();
  made.clear();
}
