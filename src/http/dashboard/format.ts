export { formatUsd } from '../../lib/usd';

/** The lines of a text area, trimmed, without empty ones. */
export function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
