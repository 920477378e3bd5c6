import { z } from 'zod';

const DECIMALS = 6;
const MICROUSD_PER_USD = 1_000_000;
const MAX_MICROUSD = 1_000_000 * MICROUSD_PER_USD;
/** Thousands in groups, `1,250.00`; `12,50` is none: elsewhere it means twelve and a half. */
const GROUPED = /^\d{1,3}(,\d{3})+(\.\d*)?$/;

/** Dollars as text, such as `"25.00"`, read exactly into whole µUSD: no float in between. */
export const amountUsd = z
  .string()
  .regex(/^\d{1,7}(\.\d{1,6})?$/, 'must be dollars like "25.00", with at most 6 decimals')
  .transform((text) => {
    const [whole = '0', fraction = ''] = text.split('.');
    return Number(whole) * MICROUSD_PER_USD + Number(fraction.padEnd(DECIMALS, '0'));
  })
  .refine((microusd) => microusd > 0, 'must be above 0')
  .refine((microusd) => microusd <= MAX_MICROUSD, 'must be at most 1,000,000.00');

/** An amount as people type it, without what `amountUsd` does not take: `$1,250` is `1250`. */
export function plainUsd(typed: string): string {
  const text = typed.trim().replace(/^\$/, '');
  return GROUPED.test(text) ? text.replaceAll(',', '') : text;
}
