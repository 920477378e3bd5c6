import type { Channel } from './certificates';

/** What is said of a contact; rows that cannot be read are counted as `invalid`, like any file's. */
export const CONTACT_REASONS = ['consented', 'opted_out', 'no_consent', 'other_consent'] as const;
export type ContactReason = (typeof CONTACT_REASONS)[number];

/** Of a batch that answers rows: what is asked about each of them, what it costs and what it has said. */
export interface Scrub {
  /** Null: every channel. */
  channel: Channel | null;
  /** Null: any. */
  consent_type: string | null;
  /** µUSD for each row that can be read, and how many there are; null until it has been previewed. */
  row_fee_microusd: number | null;
  rows_payable: number | null;
  /** Set aside in the wallet for rows that are not answered yet. */
  reserved_microusd: number;
  charged_microusd: number;
  answers: Record<ContactReason, number>;
  /** How much of the result is written. */
  result_bytes: number;
}

/** What the result of a scrub is stored under, in the `uploads` bucket. */
export function resultFileId(batchId: string): string {
  return `${batchId}.result`;
}
