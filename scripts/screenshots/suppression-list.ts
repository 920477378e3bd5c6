import { emailOf } from '../bench/csv-data';

const ROWS_A_PERSON = 5;

/**
 * A CSV of which every fifth row is one of the `crowd`; the others are people nobody knows, with
 * a few rows that are no email, and a few that stand there twice.
 */
export function suppressionList(crowd: number): Buffer {
  const rows = Array.from({ length: crowd * ROWS_A_PERSON }, (_, i) => `${cell(i)}\n`);
  return Buffer.from(`email\n${rows.join('')}`);
}

function cell(i: number): string {
  if (i % ROWS_A_PERSON === 0) return emailOf(i / ROWS_A_PERSON);
  if (i % 997 === 1) return 'not an email';
  if (i % 463 === 2) return emailOf(Math.floor(i / ROWS_A_PERSON));
  return `subscriber-${i}@example.net`;
}
