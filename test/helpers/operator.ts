import type { Reply, Service } from './service';

/** Calls the operator API of a service that may be started later. */
export function operatorClient(service: () => Service) {
  return (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> => {
    const { call, ctx } = service();
    return call(method, `/operator${path}`, { token: ctx.config.operatorToken, body, headers });
  };
}

/** The fields that a 400 names. */
export function wrongFields({ body }: { body: { details?: { path: string }[] } }) {
  return body.details?.map((detail) => detail.path);
}
