import { readSha256 } from '../../identifiers/digests';
import { unwrapped, visibleText } from '../../identifiers/visible-text';

/** The SHA-256 in a cell, or null: it names nobody. */
export function readHashCell(value: string): string | null {
  return readSha256(unwrapped(visibleText(value)));
}
