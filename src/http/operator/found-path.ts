import type { Found } from '../../core/search/found';

/** Where the operator's pages are. */
export const PAGES_PREFIX = '/operator/pages';

/** Where the operator's pages show what a search found. */
export function pathOfFound({ type, id, company_id, queue }: Found): string {
  return PAGES_PREFIX + below(type, encodeURIComponent(id), { companyId: company_id, queue });
}

function below(
  type: Found['type'],
  id: string,
  { companyId, queue }: { companyId: string | null; queue: string | null },
): string {
  switch (type) {
    case 'company':
      return `/companies/${id}`;
    case 'batch':
      return `/batches/${id}`;
    case 'certificate':
      return `/certificates/${id}`;
    case 'revocation':
    case 'reference':
      return `/revocations/${id}`;
    case 'job':
      return `/jobs/${queue ?? ''}/${id}`;
    // It has no page of its own.
    case 'consent':
      return `/companies/${encodeURIComponent(companyId ?? '')}`;
    case 'webhook_endpoint':
    case 'webhook_delivery':
      return `/companies/${encodeURIComponent(companyId ?? '')}#webhooks`;
  }
}
