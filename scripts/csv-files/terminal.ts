import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Where a person sits: what is typed, and where questions are put. */
export interface Terminal {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
}

/** The terminal from which this was started; null: there is none to ask. */
export function openTerminal(): Terminal | null {
  const { stdin, stderr } = process;
  return stdin.isTTY && stderr.isTTY ? { input: stdin, output: stderr } : null;
}

/** Asks, and is content with nothing but a yes. */
export async function confirms(
  { input, output }: Terminal,
  question: string,
  signal: AbortSignal,
): Promise<boolean> {
  const lines = createInterface({ input, output, terminal: true });
  try {
    const answer = await closesOnInterrupt(lines, signal, `${question} [y/N] `);
    return /^\s*y(es)?\s*$/i.test(answer);
  } finally {
    lines.close();
  }
}

/** Asks for something that is not shown while it is typed. */
export async function askSecret(
  { input, output }: Terminal,
  question: string,
  signal: AbortSignal,
): Promise<string> {
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const lines = createInterface({ input, output: nowhere, terminal: true });
  // Only now does the terminal no longer show what is typed: whoever sees the question may answer.
  output.write(question);
  try {
    return (await closesOnInterrupt(lines, signal, '')).trim();
  } finally {
    lines.close();
    output.write('\n');
  }
}

/** In a terminal that readline reads, Ctrl-C is a character; the end of the input is an empty answer. */
async function closesOnInterrupt(
  lines: ReturnType<typeof createInterface>,
  signal: AbortSignal,
  question: string,
): Promise<string> {
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const closed = new Promise<string>((resolve) => {
    lines.once('close', () => {
      resolve('');
    });
  });
  return Promise.race([lines.question(question, { signal }), closed]);
}
