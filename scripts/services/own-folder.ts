import { chmod, mkdir } from 'node:fs/promises';

const OWNER_ONLY = 0o700;

/** Makes a folder that nobody but its owner can read, or closes one that others could. */
export async function ownFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: OWNER_ONLY });
  // What an earlier release made may be open.
  await chmod(dir, OWNER_ONLY);
}
