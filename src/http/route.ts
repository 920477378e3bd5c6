import type { Request, RequestHandler, Response, Router } from 'express';
import { json } from 'express';
import type { z } from 'zod';
import type { Context } from '../context';
import { AppError, type ErrorDetail } from '../errors';
import { type Claim, claimKey, giveBack } from '../idempotency/claim';
import { errorForLog } from '../telemetry/logger';

/** What a handler gets: everything parsed, the caller known. */
export interface Call<Body, Query, Params, Principal> {
  body: Body;
  query: Query;
  params: Params;
  principal: Principal;
  /** Set when the call came with an Idempotency-Key. */
  claim: Claim | undefined;
  request: Request;
}

/** What a handler gives back. */
export interface Answer {
  status: number;
  body?: unknown;
  /** What is kept for a replay, where the body holds a secret. */
  replayBody?: unknown;
  headers?: Record<string, string>;
  /** The handler has completed the claim itself, together with its effect. */
  claimCompleted?: boolean;
}

type Schema = z.ZodType;
type Output<S extends Schema | undefined> = S extends Schema ? z.output<S> : undefined;

/** One call of an API. Refusals come in this order: body (400), caller (401, 403, 404), the handler's own. */
export interface Route<
  Principal,
  Body extends Schema | undefined,
  Query extends Schema | undefined,
  Params extends Schema | undefined,
> {
  method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  path: string;
  body?: Body;
  query?: Query;
  params?: Params;
  /** Default 100 KiB. */
  bodyLimitBytes?: number;
  /** Runs before anything else, for example a rate limit. */
  before?: RequestHandler[];
  /** Who is calling; `scope` keeps the Idempotency-Keys of different callers apart, null: not kept. */
  authenticate: (input: {
    request: Request;
    body: Output<Body>;
    params: Output<Params>;
  }) => Promise<{ principal: Principal; scope: string | null }>;
  /** Answers a repeated key; default: the stored answer as it is. */
  handle: (call: Call<Output<Body>, Output<Query>, Output<Params>, Principal>) => Promise<Answer>;
  /** The handler looks at a replay itself. */
  replay?: (
    call: Call<Output<Body>, Output<Query>, Output<Params>, Principal>,
    stored: { status: number; body: string },
  ) => Promise<Answer>;
}

const DEFAULT_BODY_LIMIT_BYTES = 100 * 1024;
const KEY_MAX_CHARACTERS = 200;

/** Puts a route on a router under every prefix. */
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
  const paths = prefixes.map((prefix) => prefix + route.path);
  const parsers = route.body ? [requireJson, jsonParser(route.bodyLimitBytes)] : [];
  router[route.method](paths, ...(route.before ?? []), ...parsers, async (request, response) => {
    response.locals.route = route.path;
    const input = {
      params: parse(route.params, request.params) as Output<Params>,
      query: parse(route.query, request.query) as Output<Query>,
      body: parse(route.body, request.body ?? {}) as Output<Body>,
    };
    const { principal, scope } = await route.authenticate({ request, ...input });
    const answer = await carryOut(
      ctx,
      route,
      { ...input, principal, claim: undefined, request },
      scope,
    );
    send(response, answer);
  });
}

type AnyRoute<Principal> = Pick<Route<Principal, never, never, never>, 'method'> & {
  handle: (call: never) => Promise<Answer>;
  replay?: (call: never, stored: { status: number; body: string }) => Promise<Answer>;
};

async function carryOut<Principal>(
  ctx: Context,
  route: AnyRoute<Principal>,
  call: Call<unknown, unknown, unknown, Principal>,
  scope: string | null,
): Promise<Answer> {
  const key = call.request.get('idempotency-key');
  const keyed = route.method === 'post' || route.method === 'delete';
  if (key === undefined || scope === null || !keyed) return route.handle(call as never);
  const claimed = await claimKey({
    ctx,
    scope: `${scope} ${route.method} ${call.request.path}`,
    key: checkedKey(key),
    request: call.body,
  });
  if ('replay' in claimed) {
    const stored = claimed.replay;
    if (route.replay) return route.replay(call as never, stored);
    return replayed({ status: stored.status, body: JSON.parse(stored.body) as unknown });
  }
  try {
    const answer = await route.handle({ ...call, claim: claimed.claim } as never);
    if (!answer.claimCompleted) await keep(ctx, claimed.claim, answer);
    return answer;
  } catch (error) {
    await giveBack(ctx, claimed.claim, error).catch((failure: unknown) => {
      // The lease runs out by itself; what matters to the caller is the first error.
      ctx.log.warn({ error: errorForLog(failure) }, 'claim not given back');
    });
    throw error;
  }
}

/** Marks an answer as a repetition. */
export function replayed(answer: Answer): Answer {
  return { ...answer, headers: { 'Idempotent-Replayed': 'true' } };
}

/** What is stored of an answer under its key. */
export function storedResponse(answer: Answer): { status: number; body: string } {
  const body = answer.replayBody ?? answer.body ?? null;
  return { status: answer.status, body: JSON.stringify(body) };
}

async function keep(ctx: Context, claim: Claim, answer: Answer): Promise<void> {
  await ctx.store.idempotency.complete([
    { id: claim.id, lease: claim.lease, response: storedResponse(answer) },
  ]);
}

function checkedKey(key: string): string {
  if (key.length > 0 && key.length <= KEY_MAX_CHARACTERS) return key;
  throw new AppError('invalid_request', {
    details: [
      {
        path: 'Idempotency-Key',
        message: `must have 1 to ${String(KEY_MAX_CHARACTERS)} characters`,
      },
    ],
  });
}

const requireJson: RequestHandler = (request, _response, next) => {
  // `null` means that there is no body, which the schema judges.
  if (request.is(['json', '+json']) === false) throw new AppError('unsupported_media_type');
  next();
};

const parsersByLimit = new Map<number, RequestHandler>();

function jsonParser(limitBytes = DEFAULT_BODY_LIMIT_BYTES): RequestHandler {
  const parser =
    parsersByLimit.get(limitBytes) ?? json({ limit: limitBytes, type: ['json', '+json'] });
  parsersByLimit.set(limitBytes, parser);
  return parser;
}

function parse(schema: Schema | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const details = result.error.issues.map((issue): ErrorDetail => ({
    path: issue.path.join('.') || 'body',
    message: issue.message,
  }));
  throw new AppError('invalid_request', { details });
}

function send(response: Response, { status, body, headers }: Answer): void {
  if (headers) response.set(headers);
  response.status(status);
  if (body === undefined || body === null) response.end();
  else response.json(body);
}
