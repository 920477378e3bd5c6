// Signed notes (C2SP signed-note) and cosignatures of witnesses (C2SP tlog-cosignature), with Ed25519.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

/** `note`: signs the text. `cosignature`: a witness's, which signs a time with it. */
export type KeyUse = 'note' | 'cosignature';

/** Whose signatures are believed. */
export interface NoteKey {
  name: string;
  use: KeyUse;
  /** 32 bytes. */
  publicKey: Buffer;
}

/** A text and who signed it. */
export interface Note {
  /** With the newline at its end. */
  text: string;
  signatures: NoteSignature[];
}

export interface NoteSignature {
  name: string;
  /** Eight hexadecimal digits. */
  keyId: string;
  /** What follows the key's id. */
  bytes: Buffer;
}

const TYPES = { note: 1, cosignature: 4 } as const satisfies Record<KeyUse, number>;
const KEY_ID_BYTES = 4;
const TIME_BYTES = 8;
const KEY_BYTES = 32;
const MAX_SIGNATURES = 32;
/** What comes before the bytes of an Ed25519 key in its DER form (RFC 8410). */
const SEED_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** A signing key from its 32 secret bytes. */
export function privateKeyOf(seed: Buffer): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([SEED_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
}

/** The 32 bytes by which signatures of a key are checked. */
export function publicKeyOf(key: KeyObject): Buffer {
  return createPublicKey(key)
    .export({ format: 'der', type: 'spki' })
    .subarray(PUBLIC_PREFIX.length);
}

/** The key that has these 32 bytes. */
export function verifyingKeyOf(publicKey: Buffer): KeyObject {
  const key = Buffer.concat([PUBLIC_PREFIX, publicKey]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

/** What tells keys of one name apart: eight hexadecimal digits. */
export function keyIdOf({ name, use, publicKey }: NoteKey): string {
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.of(TYPES[use]))
    .update(publicKey)
    .digest('hex')
    .slice(0, 2 * KEY_ID_BYTES);
}

/** A verifier key as it is published: `<name>+<key id>+<base64>`. */
export function formatKey(key: NoteKey): string {
  const material = Buffer.concat([Buffer.of(TYPES[key.use]), key.publicKey]);
  return `${key.name}+${keyIdOf(key)}+${material.toString('base64')}`;
}

/** Reads what `formatKey` writes; null: it is no key of a kind known here. */
export function parseKey(text: string): NoteKey | null {
  const [, name, keyId, encoded] =
    /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text) ?? [];
  if (name === undefined || encoded === undefined) return null;
  const material = Buffer.from(encoded, 'base64');
  const use = (['note', 'cosignature'] as const).find((one) => TYPES[one] === material[0]);
  if (use === undefined || material.length !== 1 + KEY_BYTES) return null;
  const key = { name, use, publicKey: material.subarray(1) };
  return keyIdOf(key) === keyId ? key : null;
}

/** Signs a text, which ends in a newline; returns the line of the signature. */
export function signNote(text: string, name: string, privateKey: KeyObject): string {
  const key = { name, use: 'note', publicKey: publicKeyOf(privateKey) } as const;
  return signatureLine(key, sign(null, Buffer.from(text), privateKey));
}

/** The line of a signature. */
export function signatureLine(key: NoteKey, signature: Buffer): string {
  const bytes = Buffer.concat([Buffer.from(keyIdOf(key), 'hex'), signature]);
  return `— ${key.name} ${bytes.toString('base64')}\n`;
}

/**
 * Takes a signed note apart; whether the signatures are good is `isSignedBy`'s to say.
 * @returns null when it is none
 */
export function parseNote(signed: string): Note | null {
  const cut = signed.lastIndexOf('\n\n');
  if (cut < 0 || /[\0-\x09\x0b-\x1f]/.test(signed) || !signed.endsWith('\n')) return null;
  const signatures = parseSignatures(signed.slice(cut + 2));
  return signatures && signatures.length > 0
    ? { text: signed.slice(0, cut + 1), signatures }
    : null;
}

/** Reads lines of signatures; null: one of them is none, or there are more than 32. */
export function parseSignatures(lines: string): NoteSignature[] | null {
  const signatures: NoteSignature[] = [];
  for (const line of lines.split('\n').slice(0, -1)) {
    const [, name, encoded] = /^— ([^\s+]+) ([A-Za-z0-9+/]+=*)$/u.exec(line) ?? [];
    const bytes = Buffer.from(encoded ?? '', 'base64');
    if (name === undefined || bytes.length <= KEY_ID_BYTES) return null;
    const keyId = bytes.subarray(0, KEY_ID_BYTES).toString('hex');
    signatures.push({ name, keyId, bytes: bytes.subarray(KEY_ID_BYTES) });
  }
  return signatures.length <= MAX_SIGNATURES ? signatures : null;
}

/** Whether a key has signed a note, and every signature that claims to be that key's is good. */
export function isSignedBy(note: Note, key: NoteKey): boolean {
  const keyId = keyIdOf(key);
  const own = note.signatures.filter((one) => one.name === key.name && one.keyId === keyId);
  return own.length > 0 && own.every(({ bytes }) => isGood(note.text, bytes, key));
}

/** What a witness signs. */
export function cosignedText(text: string, atSeconds: number): string {
  return `cosignature/v1\ntime ${String(atSeconds)}\n${text}`;
}

function isGood(text: string, signature: Buffer, { use, publicKey }: NoteKey): boolean {
  const key = verifyingKeyOf(publicKey);
  if (use === 'note') return verify(null, Buffer.from(text), key, signature);
  if (signature.length <= TIME_BYTES) return false;
  const signed = cosignedText(text, Number(signature.readBigUInt64BE()));
  return verify(null, Buffer.from(signed), key, signature.subarray(TIME_BYTES));
}
