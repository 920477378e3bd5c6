import { isUtf8 } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';
import type { Upload } from '../../../store/batches';

type Encoding = Upload['encoding'];

/** Turns the bytes of a file into text, however they are cut into chunks. */
export interface Decoder {
  /** The complete characters so far; one that is cut off waits for the next chunk. */
  write(chunk: Buffer): string;
  /** What is left at the end of the file. */
  end(): string;
}

/** The windows-1252 characters of the bytes 0x80 to 0x9f; Node's own decoder has got them wrong. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** A decoder that can start between any two characters of a file; it keeps byte order marks. */
export function createDecoder(encoding: Encoding): Decoder {
  switch (encoding) {
    case 'utf-8':
      return new StringDecoder('utf8');
    case 'utf-16le':
      return new StringDecoder('utf16le');
    case 'utf-16be':
      return utf16beDecoder();
    case 'windows-1252':
      return { write: windows1252, end: () => '' };
  }
}

/** How many bytes of the file a piece of its text takes. */
export function byteLength(encoding: Encoding, text: string): number {
  switch (encoding) {
    case 'utf-8':
      return Buffer.byteLength(text);
    case 'utf-16le':
    case 'utf-16be':
      return text.length * 2;
    case 'windows-1252':
      return text.length;
  }
}

function windows1252(chunk: Buffer): string {
  return chunk
    .toString('latin1')
    .replace(/[\u0080-\u009f]/g, (byte) => WINDOWS_1252.charAt(byte.charCodeAt(0) - 0x80));
}

function utf16beDecoder(): Decoder {
  const decoder = new StringDecoder('utf16le');
  let half: Buffer = Buffer.alloc(0);
  return {
    write: (chunk) => {
      const bytes = Buffer.concat([half, chunk]);
      const even = bytes.length - (bytes.length % 2);
      half = bytes.subarray(even);
      return decoder.write(bytes.subarray(0, even).swap16());
    },
    end: () => decoder.end(),
  };
}

/** Checks whether bytes that come in chunks are UTF-8. */
export class Utf8Check {
  private valid = true;
  private cutOff: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    if (!this.valid) return;
    const bytes = this.cutOff.length > 0 ? Buffer.concat([this.cutOff, chunk]) : chunk;
    const complete = bytes.length - cutOffLength(bytes);
    this.valid = isUtf8(bytes.subarray(0, complete));
    // A copy: the chunk itself may be large, and its memory may be reused.
    this.cutOff = Buffer.from(bytes.subarray(complete));
  }

  /** No byte so far is wrong; the last character may still be cut off. */
  get validSoFar(): boolean {
    return this.valid;
  }

  /** No byte is wrong and none is missing. */
  get validAtEnd(): boolean {
    return this.valid && this.cutOff.length === 0;
  }
}

/** How many bytes at the end may be the start of a character that is not complete yet. */
function cutOffLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < length ? back : 0;
    }
    if (byte < 0x80) return 0;
  }
  return 0;
}
