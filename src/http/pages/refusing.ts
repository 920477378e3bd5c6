import { AppError } from '../../errors';
import { retryAfter } from './page-errors';
import type { Page } from './page-router';

/** A refusal as a page within a frame, of no section. */
type Refused = Page & { section: null };

/**
 * Answers a call, or tells within the frame what cannot be had; what is our fault goes on to the log.
 * @param told the page that says what a refusal means
 * @throws what is no refusal
 */
export async function refusing<Result>(
  handle: () => Promise<Result> | Result,
  told: (error: AppError) => Pick<Page, 'template' | 'title' | 'data'>,
): Promise<Result | Refused> {
  try {
    return await handle();
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    return { status: error.status, headers: retryAfter(error), section: null, ...told(error) };
  }
}
