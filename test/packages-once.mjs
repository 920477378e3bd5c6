import { createRequire, isBuiltin } from 'node:module';
import JestRuntime from 'jest-runtime';

const require = createRequire(import.meta.url);

/** It keeps every store that it was ever given, and with it the whole file. */
const EACH_TIME = ['express-rate-limit'];

/**
 * Leaves it to Node to load packages, once for all the files of a worker, where jest evaluates them
 * again for each: a third of what most files cost. The project's own modules are evaluated for each file.
 */
export default class Runtime extends JestRuntime {
  requireModule(from, name, options, isActual) {
    if (!name || options?.isInternalModule || !isPackage(name)) {
      return super.requireModule(from, name, options, isActual);
    }
    return require(name);
  }
}

function isPackage(name) {
  return !/^[./]/.test(name) && !isBuiltin(name) && !EACH_TIME.includes(name);
}
