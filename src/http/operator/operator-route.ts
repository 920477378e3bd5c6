import type { Router } from 'express';
import { z } from 'zod';
import type { Caller, Context } from '../../context';
import { id } from '../fields';
import { mount, type Route } from '../route';
import { operatorCaller } from './require-operator';

/** The path parameters of everything about one company. */
export const companyParams = z.object({ company_id: id });

type Schema = z.ZodType | undefined;

/** Mounts a route under `/operator`, on a router that lets nobody but the operator through. */
export function mountOperator<
  Body extends Schema = undefined,
  Query extends Schema = undefined,
  Params extends Schema = undefined,
>(
  router: Router,
  ctx: Context,
  route: Omit<Route<Caller, Body, Query, Params>, 'authenticate'>,
): void {
  mount<Caller, Body, Query, Params>(router, ctx, [''], {
    ...route,
    // In full, for the log.
    path: `/operator${route.path}`,
    ...(route.otherPath !== undefined && { otherPath: `/operator${route.otherPath}` }),
    authenticate: ({ request }) =>
      Promise.resolve({
        principal: operatorCaller(request),
        scope: 'operator',
      }),
  });
}
