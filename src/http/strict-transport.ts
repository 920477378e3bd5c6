import type { RequestHandler } from 'express';

/** Two years, which is what browsers' preload lists ask for. */
const MAX_AGE_SECONDS = 2 * 365 * 24 * 60 * 60;

/** Has browsers come back by https only. For production, where PUBLIC_URL is https. */
export const strictTransport: RequestHandler = (_request, response, next) => {
  // Not includeSubDomains: other names below ours are not ours to decide about.
  response.setHeader('Strict-Transport-Security', `max-age=${String(MAX_AGE_SECONDS)}`);
  next();
};
