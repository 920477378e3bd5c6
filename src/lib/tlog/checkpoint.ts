// The text of a checkpoint: C2SP tlog-checkpoint.
import { HASH_BYTES, type TreeHead } from './merkle';

/** What a log says of itself: which it is, and what its tree is. */
export interface Checkpoint extends TreeHead {
  origin: string;
}

/** The text that is signed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${String(size)}\n${root.toString('base64')}\n`;
}

/** Reads what `checkpointText` writes; null: it is none. Lines that follow are left alone. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin, size, root] = text.split('\n');
  if (!origin || !/^(0|[1-9]\d{0,15})$/.test(size ?? '')) return null;
  const hash = Buffer.from(root ?? '', 'base64');
  if (hash.length !== HASH_BYTES || hash.toString('base64') !== root) return null;
  return { origin, size: Number(size), root: hash };
}
