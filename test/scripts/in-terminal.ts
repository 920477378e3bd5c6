import { spawn } from 'node:child_process';
import { program } from '../helpers/program';

/**
 * Runs `scripts/<name>.ts` in a terminal, which the command `script` gives it.
 * @param typed answers by question; each is typed once its question is there
 */
export async function inTerminal(
  name: string,
  args: string[],
  typed: Record<string, string>,
  env: Record<string, string>,
) {
  const line = program(`scripts/${name}.ts`, ...args)
    .map((word) => `'${word}'`)
    .join(' ');
  const child = spawn('script', ['-qec', line, '/dev/null'], { env: { ...process.env, ...env } });
  let screen = '';
  const left = new Map(Object.entries(typed));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    for (const [question, answer] of left) {
      if (!screen.includes(question)) continue;
      left.delete(question);
      child.stdin.write(answer);
    }
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, screen };
}
