import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isErrorCode } from './error-code';
import { ownFolder } from './own-folder';

/** Reads the secret `name` of `dir`; makes one (32 random bytes, base64url, mode 0600) first. */
export async function keptSecret(dir: string, name: string): Promise<string> {
  const file = path.join(dir, name);
  const existing = await readSecret(file);
  if (existing !== null) return existing;

  await ownFolder(dir);
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  try {
    // Linking never overwrites: of two first starts, one secret wins and both use it.
    await link(draft, file);
  } catch (error) {
    if (!isErrorCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft);
  }
  return (await readFile(file, 'utf8')).trim();
}

async function readSecret(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}
