import type { Request, RequestHandler, Response, Router } from 'express';
import type { Context } from '../context';
import type { HeldKey, StoredResponse } from '../core/idempotency/acquire-key';
import { type Answer, sendAnswer } from './answer';
import type { ArrivedCall } from './authenticate-request';
import { isSmall, jsonReader, type ReadJson } from './json-body';
import { hasKey, type Once, onceByKey } from './once';
import { declare, type Declared, type Operation } from './operation';
import { type Output, parse, type Schema } from './parse';
import { refuseDryRun, refuseUnknownQuery } from './unknown-input';

export { type Answer, replayed } from './answer';

/** What a handler gets, with everything parsed and the caller known. */
export interface Call<Body, Query, Params, Principal> {
  body: Body;
  query: Query;
  params: Params;
  principal: Principal;
  /** Set when the call came with an Idempotency-Key, unless `takesBody`. */
  heldKey: HeldKey | undefined;
  /** Honours the Idempotency-Key; only for a handler that `takesBody`: others run inside it. */
  once: Once;
  request: Request;
  /** What the caller was found by, for a handler that has to look again. */
  arrived: ArrivedCall;
}

/**
 * One call of an API. Refusals come in this order: caller (401, 403), body (400), the handler's own;
 * where the caller is named by the body, that comes first.
 */
export interface Route<
  Principal,
  Body extends Schema | undefined,
  Query extends Schema | undefined,
  Params extends Schema | undefined,
> {
  method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  path: string;
  /** Where else it is served, as by earlier releases; not described. */
  otherPath?: string;
  /** How the OpenAPI document describes it. */
  operation: Operation;
  body?: Body;
  query?: Query;
  params?: Params;
  /** What the metric of verify calls names it; default: it is not measured. */
  measuredAs?: string;
  /** Default 100 KiB. */
  bodyLimitBytes?: number;
  /** The handler reads the body from the request itself, once the caller is known, and uses `once`. */
  takesBody?: boolean;
  /** What such a handler accepts, for the OpenAPI document. */
  form?: Schema;
  /** Runs before anything else, for example a rate limit. */
  before?: RequestHandler[];
  /**
   * Finds the caller; `scope` keeps the Idempotency-Keys of callers apart, null: keys are ignored.
   * Called when the request arrives where the caller is named by a header, and again with the company
   * that the body names: nothing may happen twice.
   */
  authenticate: (
    call: ArrivedCall & { body: Partial<Output<Body>>; params: Partial<Output<Params>> },
  ) => Promise<{ principal: Principal; scope: string | null }>;
  handle: (call: Call<Output<Body>, Output<Query>, Output<Params>, Principal>) => Promise<Answer>;
  /**
   * Instead of `handle` where there is no Idempotency-Key: begins before the caller is known, and
   * answers, or refuses for any reason of its own, only when it is.
   */
  handleBeside?: (call: {
    body: Output<Body>;
    request: Request;
    principal: Promise<Principal>;
  }) => Promise<Answer>;
  /** Answers a repeat under the same key; default: the stored answer. */
  replay?: (
    call: Call<Output<Body>, Output<Query>, Output<Params>, Principal>,
    stored: StoredResponse,
  ) => Promise<Answer>;
}

/** Mounts a route on a router under every prefix, and declares it for the OpenAPI document. */
export function mount<
  Principal,
  Body extends Schema | undefined = undefined,
  Query extends Schema | undefined = undefined,
  Params extends Schema | undefined = undefined,
>(
  router: Router,
  ctx: Context,
  prefixes: string[],
  route: Route<Principal, Body, Query, Params>,
): void {
  declareRoute(router, route);
  const { method, path, otherPath } = route;
  const paths = prefixes.flatMap((prefix) => [
    prefix + path,
    ...(otherPath === undefined ? [] : [prefix + otherPath]),
  ]);
  const readBody = route.body && jsonReader(route.bodyLimitBytes);
  router[method](paths, ...(route.before ?? []), async (request, response) => {
    // For the log and the metrics.
    response.locals.route = path;
    response.locals.measuredAs = route.measuredAs;
    const input = await readInput(route, request, response, readBody);
    const { params, body } = input;
    const arrived = { request, route: path, scope: route.operation.scope };
    const identifying = route.authenticate({ ...arrived, params, body });
    if (route.handleBeside && !hasKey(request)) {
      const principal = identifying.then((found) => found.principal);
      // Also where it is refused before anybody asks who is calling.
      principal.catch(() => undefined);
      await sendAnswer(response, await route.handleBeside({ body, request, principal }));
      return;
    }
    const { principal, scope } = await identifying;
    const once = onceByKey(ctx, { request, scope, method, path });
    const call = { ...input, principal, heldKey: undefined, once, request, arrived };
    const answering = () => carryOut(route, call);
    const waits = scope !== null && takesTurns(route);
    await sendAnswer(response, await (waits ? ctx.turns.take(scope, answering) : answering()));
  });
}

/**
 * Reads what a call is made of. A small body is read while its caller is looked up, but nobody is told
 * the faults of theirs before they have shown who they are.
 */
async function readInput<
  Principal,
  Body extends Schema | undefined,
  Query extends Schema | undefined,
  Params extends Schema | undefined,
>(
  route: Route<Principal, Body, Query, Params>,
  request: Request,
  response: Response,
  readBody: ReadJson | undefined,
) {
  const identifying = namedByBody(route, request) ? null : authenticateByHeader(route, request);
  // Waited for below, or by `handleBeside`.
  identifying?.catch(() => undefined);
  if (!readBody || !isSmall(request)) await identifying;
  try {
    // Whoever is refused need not send the rest.
    const reading = readBody?.(request, response);
    await (identifying ? Promise.race([reading, refusalOf(identifying)]) : reading);
    refuseUnknownQuery(route.query, request.query);
    refuseDryRun(request);
    const input = {
      params: parse(route.params, request.params) as Output<Params>,
      query: parse(route.query, request.query) as Output<Query>,
      body: parse(route.body, request.body ?? {}) as Output<Body>,
    };
    if (!route.handleBeside) await identifying;
    return input;
  } catch (error) {
    await identifying;
    // Another company's call is refused before what else is wrong with it.
    if (identifying) await authenticateByHeader(route, request);
    throw error;
  }
}

/** Never resolves; rejects as soon as the caller is refused. */
function refusalOf(identifying: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    identifying.catch(reject);
  });
}

/** What finding the caller of a route takes. */
type Authenticating<
  Principal,
  Body extends Schema | undefined,
  Params extends Schema | undefined,
> = Pick<Route<Principal, Body, undefined, Params>, 'path' | 'operation' | 'authenticate'>;

/** Whether the credentials are in the body, which then has to be read first. */
function namedByBody({ operation }: { operation: Operation }, request: Request): boolean {
  return operation.credentials === 'optional' && request.headers.authorization === undefined;
}

/** @throws AppError whatever the route's `authenticate` throws, other_company among it */
async function authenticateByHeader<
  Principal,
  Body extends Schema | undefined,
  Params extends Schema | undefined,
>({ path, operation, authenticate }: Authenticating<Principal, Body, Params>, request: Request) {
  const { company_id } = (request.body ?? {}) as { company_id?: unknown };
  const body = typeof company_id === 'string' ? { company_id } : {};
  await authenticate({
    request,
    route: path,
    scope: operation.scope,
    params: request.params as Partial<Output<Params>>,
    body: body as Partial<Output<Body>>,
  });
}

function declareRoute(
  router: Router,
  route: Pick<
    Declared,
    'method' | 'path' | 'otherPath' | 'operation' | 'params' | 'query' | 'body'
  > & { form?: Schema },
): void {
  const { method, path, otherPath, operation, params, query, body, form } = route;
  const bodyTypes = form && ['multipart/form-data'];
  declare(router, {
    method,
    path,
    otherPath,
    operation,
    params,
    query,
    body: form ?? body,
    bodyTypes,
  });
}

/**
 * Checks share their work with those of other companies already; an upload takes as long as its
 * sender likes, and has limits of its own.
 */
function takesTurns({
  operation,
  handleBeside,
  takesBody,
}: {
  operation: Operation;
  handleBeside?: unknown;
  takesBody?: boolean;
}): boolean {
  const isCheck = operation.scope === 'verify' || handleBeside !== undefined;
  return !isCheck && takesBody !== true;
}

function carryOut<
  Principal,
  Body extends Schema | undefined,
  Query extends Schema | undefined,
  Params extends Schema | undefined,
>(
  route: Route<Principal, Body, Query, Params>,
  call: Call<Output<Body>, Output<Query>, Output<Params>, Principal>,
): Promise<Answer> {
  const { handle, replay } = route;
  if (route.takesBody) return handle(call);
  return call.once(
    call.body,
    (heldKey) => handle({ ...call, heldKey }),
    replay && ((stored) => replay(call, stored)),
  );
}
