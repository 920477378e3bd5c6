import { createHash } from 'node:crypto';

/**
 * The SHA-256 of what a stream gives, in hexadecimal digits.
 * @param each is waited for after each part
 */
export async function sha256Of(
  parts: AsyncIterable<Buffer>,
  each: () => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of parts) {
    hash.update(part);
    await each();
  }
  return hash.digest('hex');
}
