import type { ErrorRequestHandler } from 'express';
import type { AppError } from '../../errors';
import { canRefuse } from '../error-handler';
import { toAppError } from '../request-errors';
import { languageOf } from './language';
import type { Pages } from './pages';
import type { Area, Texts } from './texts';

/** Answers the errors of an area's pages as pages, and logs those that are our fault. */
export function pageErrors(pages: Pages, area: Area): ErrorRequestHandler {
  // Express recognises an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    const refusal = toAppError(error);
    if (!canRefuse(pages.log, response, { error, refusal, status: refusal.status })) return;
    const language = languageOf(request, area);
    const words = wordsFor(language.t, refusal);
    const data = {
      words,
      back: startsAgainAt(request.baseUrl),
      requestId: refusal.status >= 500 ? (response.locals.requestId as string) : null,
    };
    pages.send(response, language, {
      status: refusal.status,
      template: 'pages/error',
      title: words.heading,
      data,
    });
  };
}

/** The first page, for consumers: steps before it cannot be opened again. */
function startsAgainAt(prefix: string): string | null {
  return prefix === '/opt-out' ? prefix : null;
}

/** What a page says about a refusal. */
export function wordsFor(t: Texts, { code, status }: AppError): { heading: string; text: string } {
  const { errors } = t;
  if (code === 'same_origin_only') return errors.otherSite;
  if (status === 404) return errors.notFound;
  if (status === 429) return errors.tooMany;
  if (status === 503) return errors.unavailable;
  return status >= 500 ? errors.internal : errors.notUnderstood;
}

/** When it may be tried again, as a header. */
export function retryAfter({ extra }: AppError): Record<string, string> {
  const { retryAfterSeconds: seconds } = extra;
  return seconds === undefined ? {} : { 'Retry-After': String(seconds) };
}
