import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The user's cache folder of this project, shared by all clones: `$XDG_CACHE_HOME/rescind`, by
 * default `~/.cache/rescind`. It holds only what can be fetched again.
 */
export function cacheDir(): string {
  return path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'rescind');
}
