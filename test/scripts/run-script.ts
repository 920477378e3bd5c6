import { spawn } from 'node:child_process';
import { program } from '../helpers/program';

/** How a script has ended, and what it said. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end with `input` on its stdin. */
export function run(
  command: string[],
  env: Record<string, string>,
  input: string | Buffer = '',
): Promise<Ended> {
  const child = spawn(command[0] ?? '', command.slice(1), { env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A script that reads nothing closes its end.
  child.stdin.on('error', () => undefined).end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

/** Runs `scripts/<name>.ts`. */
export function runScript(
  name: string,
  args: string[],
  env: Record<string, string>,
  input?: string | Buffer,
): Promise<Ended> {
  return run(program(`scripts/${name}.ts`, ...args), env, input);
}
