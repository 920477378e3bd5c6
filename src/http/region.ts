import type { Request } from 'express';
import type { ConsentRequest } from '../core/consents/register-consent';
import { invalid } from '../errors';

const US_ENV = 'x-us-env';

/** The header that names a region, for the OpenAPI document. */
export const REGION_HEADER = {
  [US_ENV]: {
    description: '`true` for the US region, which shares no data with the default one.',
    schema: { type: 'string', enum: ['true', 'false'] },
  },
};

/**
 * The region that a call is about.
 * @throws AppError invalid_request naming the header
 */
export function regionOf(request: Request): ConsentRequest['region'] {
  const asked = request.get(US_ENV)?.trim().toLowerCase() ?? '';
  if (asked === 'true') return 'us';
  // A typo must not put a record where it does not belong.
  if (asked !== '' && asked !== 'false') throw invalid(US_ENV, 'must be true or false');
  return 'default';
}
