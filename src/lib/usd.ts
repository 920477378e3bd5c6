const MICROUSD_PER_USD = 1_000_000;

/** An amount as people write it: `$1.50`, `-$0.015`; with at least two decimals. */
export function formatUsd(microusd: number): string {
  return (microusd / MICROUSD_PER_USD).toLocaleString('en-US', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 2,
    maximumFractionDigits: 6,
  });
}
