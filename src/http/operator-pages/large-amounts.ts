import { inWords } from '../../lib/number-words';

const MICROUSD_PER_USD = 1_000_000;
const MICROUSD_PER_CENT = 10_000;
/** As on the dashboard. */
const LARGE_MICROUSD = 10_000 * MICROUSD_PER_USD;

/** Whether an amount is large enough to be named in words. */
export function isLarge(microusd: number): boolean {
  return microusd > LARGE_MICROUSD;
}

/** An amount as it stands on a cheque: `twelve thousand five hundred dollars and 50 cents`. */
export function usdInWords(microusd: number): string {
  const dollars = `${inWords(Math.floor(microusd / MICROUSD_PER_USD))} dollars`;
  const cents = (microusd % MICROUSD_PER_USD) / MICROUSD_PER_CENT;
  return cents === 0 ? dollars : `${dollars} and ${String(cents)} cents`;
}
