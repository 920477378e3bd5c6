import { stat } from 'node:fs/promises';
import type { Access } from './access';
import { Display } from './display';
import { sayFileError } from './file-error';
import { type FileOptions, requireToken, WrongUse } from './options';
import { askSecret, type Terminal } from './terminal';

const INTERRUPTED = 130;

/** A program that sends a file and follows what is done with it. */
export interface Program<Args> {
  usage: string;
  /** What a file becomes: `batch`, say. */
  noun: string;
  readArguments: (args: string[], env: NodeJS.ProcessEnv) => Args | 'help';
  main: (args: Args, run: Run) => Promise<number>;
  /** What to tell whoever stops in the middle. */
  onInterrupt: (run: Run) => string[];
}

/** What a program shows and knows while it runs. */
export interface Run {
  display: Display;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** Of what the file has become, as soon as it is known. */
  id: string | null;
}

/** Runs a program to its exit code: as it says, 1 on a failure, 2 on wrong use, 130 after Ctrl-C. */
export function runProgram<Args>(program: Program<Args>): void {
  const interrupted = new AbortController();
  const display = new Display(process.stderr);
  const run: Run = { display, signal: interrupted.signal, id: null };
  // More than once: it comes from the terminal and again from whoever started this.
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      interrupted.abort();
    });
  }
  start(program, run)
    .catch((error: unknown) => explain(program, run, error))
    .then((code) => {
      process.exitCode = code;
    })
    .catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
}

async function start<Args>(program: Program<Args>, run: Run): Promise<number> {
  const args = program.readArguments(process.argv.slice(2), process.env);
  if (args !== 'help') return program.main(args, run);
  console.log(program.usage);
  return 0;
}

function explain(
  { usage, noun, onInterrupt }: Pick<Program<never>, 'usage' | 'noun' | 'onInterrupt'>,
  run: Run,
  error: unknown,
): number {
  run.display.end();
  if (run.signal.aborted) {
    for (const line of onInterrupt(run)) console.error(line);
    return INTERRUPTED;
  }
  if (error instanceof WrongUse) {
    console.error(`rescind: ${error.message}\n\n${usage}`);
    return 2;
  }
  const said = sayFileError(error) ?? (error instanceof Error ? error.message : String(error));
  console.error(`rescind: ${said}`);
  if (run.id !== null) console.error(`${noun} ${run.id}`);
  return 1;
}

/**
 * How to call the service, once it is known that the file is there; asks for the token if need be.
 * @throws WrongUse when nobody can be asked for it; the error of the file system
 */
export async function openAccess(
  { file, url, token }: FileOptions,
  terminal: Terminal | null,
  signal: AbortSignal,
): Promise<Access> {
  // Before anything is asked for or sent.
  if (file !== null && (await stat(file)).isDirectory()) {
    throw new Error(`${file}: it is a folder`);
  }
  return { url, token: token ?? (await askToken(terminal, signal)), signal };
}

async function askToken(terminal: Terminal | null, signal: AbortSignal): Promise<string> {
  if (!terminal) throw new WrongUse('RESCIND_TOKEN, or --token, is required');
  const typed = await askSecret(terminal, 'Token (not shown while you type): ', signal);
  if (typed === '') throw new WrongUse('a token is required');
  return requireToken(typed);
}
