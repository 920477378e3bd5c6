import { type NoteKey, parseKey } from './tlog/note';

/** Somebody who cosigns checkpoints (C2SP tlog-witness). */
export interface WitnessSetting {
  key: NoteKey;
  /** Submission prefix, without trailing slash. */
  url: string;
}

/**
 * Reads witnesses as the setting names them: `<verifier key> <url>`, several with commas between.
 * @throws Error which says in a line what is wrong
 */
export function parseWitnesses(text: string): WitnessSetting[] {
  if (text.trim() === '') return [];
  const witnesses = text.split(',').map((one) => parseWitness(one.trim()));
  const names = new Set(witnesses.map(({ key }) => key.name));
  if (names.size < witnesses.length) throw new Error('must name each witness once');
  return witnesses;
}

function parseWitness(text: string): WitnessSetting {
  const [vkey = '', url = '', ...rest] = text.split(/\s+/);
  const key = parseKey(vkey);
  if (key?.use !== 'cosignature' || rest.length > 0) {
    throw new Error('must be `<verifier key of type 0x04> <url>`, several with commas between');
  }
  if (!URL.canParse(url) || !/^https?:\/\/[^?#@]+$/.test(url)) {
    throw new Error(`must have an http:// or https:// URL after the key of ${key.name}`);
  }
  return { key, url: url.replace(/\/+$/, '') };
}
