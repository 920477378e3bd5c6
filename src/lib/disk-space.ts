import { statfs } from 'node:fs/promises';

/** Bytes of a file system. */
export interface DiskSpace {
  freeBytes: number;
  totalBytes: number;
}

/** How full the file system is that a folder of this machine lies in; null: there is no such folder. */
export async function diskSpace(folder: string): Promise<DiskSpace | null> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return blocks > 0 ? { freeBytes: bavail * bsize, totalBytes: blocks * bsize } : null;
  } catch {
    return null;
  }
}
