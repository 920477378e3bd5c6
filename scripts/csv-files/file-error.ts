const SENTENCES: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
};

/** What the file system says, as a sentence that names the file; null: it is no error of its. */
export function sayFileError(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return null;
  const sentence = SENTENCES[code];
  if (sentence === undefined) return null;
  return path === undefined ? sentence : `${path}: ${sentence}`;
}
