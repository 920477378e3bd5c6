import type { Request } from 'express';

/** Base of a link that we hand out: as configured, else as `trust proxy` says that this request found us. */
export function baseUrl(request: Request, publicUrl: string | null): string {
  return publicUrl ?? `${request.protocol}://${request.host}`;
}
