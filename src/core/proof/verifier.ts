import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const UNPINNED = 'const PINNED = [];';

/**
 * The program that verifies receipts, with keys that it then trusts without being told them.
 * @param keys verifier keys
 */
export function verifierWith(keys: string[]): string {
  const source = readFileSync(join(__dirname, 'verify-receipt.mjs'), 'utf8');
  return source.replace(UNPINNED, () => `const PINNED = ${JSON.stringify(keys)};`);
}
