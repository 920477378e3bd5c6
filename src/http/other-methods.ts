import { Router } from 'express';
import { AppError } from '../errors';
import type { Declared } from './operation';

/**
 * Refuses a method that a path does not take with 405, and says which it takes. Mount it after
 * everything that may serve the same paths.
 * @param served the calls that are served, by their patterns
 * @param prefixes under which they are served
 */
export function refuseOtherMethods(
  served: Pick<Declared, 'path' | 'otherPath' | 'method'>[],
  prefixes: string[],
): Router {
  const methods = new Map<string, Declared['method'][]>();
  for (const { path, otherPath = path, method } of served) {
    for (const one of new Set([path, otherPath])) {
      methods.set(one, [...(methods.get(one) ?? []), method]);
    }
  }
  const refusing = Router();
  for (const [path, taken] of methods) {
    const allow = taken.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method]));
    const paths = prefixes.map((prefix) => prefix + path);
    refusing.all(paths, (_request, response) => {
      response.locals.route = path;
      throw new AppError('method_not_allowed', { allow: allow.map((one) => one.toUpperCase()) });
    });
  }
  return refusing;
}
