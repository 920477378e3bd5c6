import type { Request } from 'express';

/** Base of the links that we hand out: as configured, else the address this request came in on. */
export function baseUrl(request: Request, publicUrl: string | null): string {
  return publicUrl ?? `${request.protocol}://${request.host}`;
}
