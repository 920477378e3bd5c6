import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isErrorCode } from './error-code';
import { ownFolder } from './own-folder';

const OWNER_ONLY = 0o600;

/**
 * Reads the secret `name` of `dir`; makes one (mode 0600) first.
 * @param make what a new one is; default: 32 random bytes in base64url
 */
export async function keptSecret(
  dir: string,
  name: string,
  make: () => string = () => randomBytes(32).toString('base64url'),
): Promise<string> {
  const file = path.join(dir, name);
  const existing = await readSecret(dir, name);
  if (existing !== null) return existing;

  const draft = await writeDraft(dir, name, make());
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

/** The secret `name` of `dir`; null when there is none. */
export async function readSecret(dir: string, name: string): Promise<string | null> {
  try {
    return (await readFile(path.join(dir, name), 'utf8')).trim() || null;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Puts a secret in the place of the one that is kept, if there is one. */
export async function replaceSecret(dir: string, name: string, secret: string): Promise<void> {
  await rename(await writeDraft(dir, name, secret), path.join(dir, name));
}

async function writeDraft(dir: string, name: string, secret: string): Promise<string> {
  await ownFolder(dir);
  const draft = path.join(dir, `${name}.${process.pid}`);
  await writeFile(draft, `${secret}\n`, { mode: OWNER_ONLY });
  return draft;
}
