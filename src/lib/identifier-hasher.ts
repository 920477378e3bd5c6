import { createHmac, hash } from 'node:crypto';

/** What a person is looked up by. */
export type PersonKind = 'email' | 'mobile';

/** Keyed hashes (HMAC-SHA-256, base64url) under which personal identifiers are stored and looked up. */
export class IdentifierHasher {
  constructor(private readonly keys: readonly [string, ...string[]]) {}

  /** What tells keys apart without telling what they are: of every key, newest first. */
  fingerprints(): [string, ...string[]] {
    const [first, ...rest] = this.keys;
    return [fingerprint(first), ...rest.map(fingerprint)];
  }

  /** The hash that is written: under the newest key. */
  current(purpose: string, value: string): string {
    return digest(this.keys[0], purpose, value);
  }

  /** The hashes to look for: under every key, newest first. */
  all(purpose: string, value: string): string[] {
    return this.keys.map((key) => digest(key, purpose, value));
  }

  /**
   * The hash of an email or mobile that is written: of its SHA-256, so that lists of plain SHA-256
   * can be looked up, too.
   * @param value in its normal form
   */
  ofPerson(kind: PersonKind, value: string): string {
    return this.ofSha256(kind, sha256(value));
  }

  /**
   * The same, where only the SHA-256 is known.
   * @param sum of the normal form, a character for each byte; see `sha256`
   */
  ofSha256(kind: PersonKind, sum: string): string {
    return digest(this.keys[0], kind, sum, 'binary');
  }

  /** Under every key, newest first; those of earlier releases cannot be known from a SHA-256. */
  allOfSha256(kind: PersonKind, sum: string): string[] {
    return this.keys.map((key) => digest(key, kind, sum, 'binary'));
  }

  /**
   * The hashes of an email or mobile to look for: as written today, then as earlier releases wrote
   * them, of the value itself; each under every key.
   * @param value in its normal form
   * @param forms what was its normal form in earlier releases, too
   */
  lookUps(kind: PersonKind, value: string, forms: string[]): string[] {
    return [...this.allOfSha256(kind, sha256(value)), ...this.ofEarlier(kind, forms)];
  }

  /** What earlier releases wrote of an email or mobile. */
  ofEarlier(kind: PersonKind, forms: string[]): string[] {
    return forms.flatMap((form) => this.all(kind, form));
  }
}

function fingerprint(key: string): string {
  return digest(key, 'fingerprint', '');
}

/** A character for each byte; several times faster than a buffer, and this is done for each row. */
export function sha256(value: string): string {
  return hash('sha256', value, 'binary');
}

function digest(key: string, purpose: string, value: string, encoding?: 'binary'): string {
  return createHmac('sha256', key)
    .update(`${purpose}\0${value}`, encoding ?? 'utf8')
    .digest('base64url');
}
