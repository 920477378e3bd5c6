import type { Request } from 'express';
import { AppError } from '../errors';

/**
 * Refuses what another site made the browser send. Browsers say where a request comes from; one
 * that does not is refused too.
 * @param publicUrl where browsers reach us, in case a proxy changes the Host header
 * @throws AppError same_origin_only
 */
export function requireSameOrigin(request: Request, publicUrl: string | null = null): void {
  const site = request.get('sec-fetch-site');
  const same =
    site === undefined
      ? [request.host.toLowerCase(), hostOf(publicUrl)].includes(
          hostOf(request.get('origin')) ?? '',
        )
      : site === 'same-origin';
  if (!same) throw new AppError('same_origin_only');
}

function hostOf(origin: string | null | undefined): string | null {
  return origin != null && URL.canParse(origin) ? new URL(origin).host : null;
}
