import type { Prices } from '../../config';

/** What costs something: the call as it is named in the reference, and its price in µUSD. */
export interface PriceRow {
  name: keyof Prices;
  calls: string[];
  microusd: number;
}

const CALLS: Record<keyof Prices, string[]> = {
  check: ['POST /verify/match', 'POST /verify/partial-match', 'POST /contact/check'],
  scrub_row: ['POST /contact/scrubs/{scrub_id}/commit'],
  session_retention: ['POST /verify/session/{company_id}'],
  certificate_retention: ['POST /verify/certificate/{company_id}'],
  attestr_revocation: ['POST /api/v3/public/consent/{_id}/revoke'],
};

/** The prices as they are set. */
export function priceRows(prices: Prices): PriceRow[] {
  return (Object.keys(CALLS) as (keyof Prices)[]).map((name) => ({
    name,
    calls: CALLS[name],
    microusd: prices[name],
  }));
}
