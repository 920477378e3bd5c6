import { type Access, ask, download } from '../csv-files/access';
import { columns, counted, grouped, type Progress } from '../csv-files/display';
import { patiently, type Trouble } from '../csv-files/follow';

const MICROUSD = 1_000_000;

/** The object by which the service tells how far a scrub has come. */
export interface ScrubView extends Progress {
  scrub_id: string;
  consented: number;
  opted_out: number;
  no_consent: number;
  other_consent: number;
  invalid: number;
  price_microusd: number | null;
  charged_microusd: number;
  error: string | null;
  columns_used: { name: string }[];
  columns_ignored: string[];
}

/** The path of a scrub. */
export function scrubPath(scrubId: string): string {
  return `/contact/scrubs/${encodeURIComponent(scrubId)}`;
}

/**
 * How a scrub stands.
 * @throws Refused, Unreachable
 */
export async function getScrub(access: Access, scrubId: string): Promise<ScrubView> {
  return (await ask(access, scrubPath(scrubId))) as ScrubView;
}

/**
 * Saves what was answered, trying as long as the service is away.
 * @throws Refused; the error of the file system
 */
export async function fetchResult(
  access: Access,
  scrubId: string,
  file: string,
  onTrouble: Trouble,
): Promise<void> {
  const path = `${scrubPath(scrubId)}/result.csv`;
  await patiently(access, () => download(access, path, { file, keepAbove: 0 }), onTrouble);
}

/** How many rows have an answer. */
export function answeredOf({ consented, opted_out, no_consent, other_consent }: ScrubView): number {
  return consented + opted_out + no_consent + other_consent;
}

/** What the rows say, or cost, for the end. */
export function summary(scrub: ScrubView): string {
  const lines = [`${scrub.state} ${scrub.scrub_id}`, ...counted([['rows read', scrub.rows_read]])];
  const invalid: [string, number] = ['  invalid, free', scrub.invalid];
  if (scrub.state === 'previewed') lines.push(...counted([invalid]), `price ${priceOf(scrub)}`);
  else {
    const answers = counted([
      ['  consented', scrub.consented],
      ['  opted out', scrub.opted_out],
      ['  no consent', scrub.no_consent],
      ['  other consent', scrub.other_consent],
      invalid,
    ]);
    lines.push(...answers, `paid ${dollars(scrub.charged_microusd)}`);
  }
  return [...lines, ...columns(scrub)].join('\n');
}

/** How many rows it has answered, or would, and for how much. */
export function priceOf({ price_microusd, rows_read, invalid }: ScrubView): string {
  return `${dollars(price_microusd ?? 0)} for ${grouped(rows_read - invalid)} rows`;
}

function dollars(microusd: number): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 6 };
  return `$${(microusd / MICROUSD).toLocaleString('en-US', digits)}`;
}
