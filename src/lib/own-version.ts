import { readFileSync } from 'node:fs';

/** The version in the `package.json` of the folder in which the process was started; else `unknown`. */
export function ownVersion(): string {
  try {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : 'unknown';
  } catch {
    return 'unknown';
  }
}
