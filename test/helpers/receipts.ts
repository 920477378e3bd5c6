import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the verifier said, and how it ended. */
export interface Verified {
  code: number;
  out: string;
}

/** The program that a service hands out for its receipts, in a folder of its own. */
export interface Verifier {
  directory: string;
  /** @param document what is verified: JSON, or a text as it is */
  verify: (document: unknown, ...options: string[]) => Promise<Verified>;
  verifyFile: (file: string, ...options: string[]) => Promise<Verified>;
}

/** Fetches the verifier with the keys that a service has by now. */
export async function fetchVerifier(url: string): Promise<Verifier> {
  const directory = await mkdtemp(join(tmpdir(), 'receipts-'));
  const program = join(directory, 'verify-receipt.mjs');
  await writeFile(program, await (await fetch(`${url}/log/verify-receipt.mjs`)).text());
  const verifyFile = (file: string, ...options: string[]) =>
    new Promise<Verified>((resolve) => {
      execFile(process.execPath, [program, file, ...options], (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, out: stdout + stderr });
      });
    });
  let written = 0;
  return {
    directory,
    verifyFile,
    verify: async (document, ...options) => {
      const file = join(directory, `receipt-${String((written += 1))}.json`);
      const text = typeof document === 'string' ? document : JSON.stringify(document);
      await writeFile(file, text);
      return verifyFile(file, ...options);
    },
  };
}
